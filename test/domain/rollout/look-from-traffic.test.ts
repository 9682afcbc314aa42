import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ROLLOUT_POLICY, type RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { judgeLook } from '#domain/rollout/judge-look.ts';
import { lookFromTraffic } from '#domain/rollout/look-from-traffic.ts';
import { type EventCounts, Look, type Moments } from '#domain/rollout/observation.ts';
import type { Counted, RolloutRecord } from '#domain/rollout/record.ts';
import { startRollout } from '#domain/rollout/state.ts';
import { type ArmTraffic, addTraffic, NO_TRAFFIC, type Traffic } from '#domain/rollout/traffic.ts';

type Rollout = Pick<RolloutRecord, 'steps' | 'state' | 'counted' | 'policy'>;

const at = '2026-01-01T00:00:00.000Z';
const STEPS = [
  { step: 0, generation: 10, at },
  { step: 1, generation: 12, at },
  { step: 2, generation: 15, at },
];
const rollout = (more: Partial<Rollout> = {}): Rollout => {
  const policy = more.policy ?? DEFAULT_ROLLOUT_POLICY;
  return { steps: STEPS, state: startRollout(policy), counted: {}, policy, ...more };
};
const arm = (exposures: number, failures = 0, more: Partial<ArmTraffic> = {}): ArmTraffic => ({
  assigned: exposures,
  exposures,
  failures,
  kinds: failures > 0 ? { crashed: failures } : {},
  latency: exposures > failures ? [[200, exposures - failures]] : [],
  ...more,
});
const traffic = (candidate: ArmTraffic, stable: ArmTraffic): Traffic => ({
  candidate: { candidate, stable },
});
const counted = (
  candidate: ArmTraffic,
  stable: ArmTraffic,
  outcomes: Counted['outcomes'] = {},
): Counted => ({ traffic: traffic(candidate, stable), outcomes });
const moments = (count: number, mean = 0.5): Moments => ({ count, mean, m2: count / 4 });
const policyWith = (...guardrails: RolloutPolicy['guardrails']): RolloutPolicy => ({
  ...DEFAULT_ROLLOUT_POLICY,
  guardrails,
});

describe('a look from traffic', () => {
  it('is the next one, of the last step begun, and one that the statistics take', () => {
    const record = rollout();
    const { look } = lookFromTraffic(record, { 12: counted(arm(5), arm(95, 1)) });
    expect(look).toMatchObject({ number: 1, step: 2 });
    expect(Look.safeParse(look).success).toBe(true);
    const inStep = { ...record, state: { ...record.state, step: 1 } };
    const next = lookFromTraffic(inStep, { 12: counted(arm(5), arm(95, 1)) }).look;
    expect(judgeLook(inStep.state, next, inStep.policy).applied).toBe('applied');
  });

  it('has a stratum for each generation, and assigned units of the present step alone', () => {
    const { look } = lookFromTraffic(rollout(), {
      9: counted(arm(1000), arm(1000)),
      12: counted(arm(5, 1), arm(95)),
      14: counted(arm(6), arm(94)),
      15: counted(arm(10), arm(90)),
      21: counted(arm(20), arm(180, 3)),
    });
    expect(look.assigned).toEqual({ canary: 30, baseline: 270 });
    expect(look.observations.failures).toEqual({
      kind: 'events',
      strata: [
        { canary: { exposures: 5, events: 1 }, baseline: { exposures: 95, events: 0 } },
        { canary: { exposures: 6, events: 0 }, baseline: { exposures: 94, events: 0 } },
        { canary: { exposures: 10, events: 0 }, baseline: { exposures: 90, events: 0 } },
        { canary: { exposures: 20, events: 0 }, baseline: { exposures: 180, events: 3 } },
      ],
    });
    expect(look.observations.latency).toMatchObject({
      kind: 'latency',
      strata: [{ canary: [[200, 4]] }, {}, {}, { baseline: [[200, 177]] }],
    });
    expect(look.observations.score).toEqual({ kind: 'mean', strata: [] });
  });

  it('takes nothing that was taken before, and keeps what others counted', () => {
    const first = lookFromTraffic(rollout(), {
      12: counted(arm(5), arm(95)),
      15: counted(arm(10), arm(90), { candidate: moments(20), stable: moments(30) }),
    });
    const record = rollout({ counted: first.counted });
    const again = lookFromTraffic(record, { 15: first.counted[15] as Counted });
    expect(again.look.assigned).toEqual({ canary: 0, baseline: 0 });
    expect(again.look.observations).toEqual({
      failures: { kind: 'events', strata: [] },
      latency: { kind: 'latency', strata: [] },
      score: { kind: 'mean', strata: [] },
    });
    expect(again.counted).toEqual(first.counted);
  });

  it('compares the two sides of mirrored units in the shadow', () => {
    const record = rollout({ steps: STEPS.slice(0, 1) });
    const { look } = lookFromTraffic(record, { 10: counted(arm(50, 2), arm(50)) });
    expect(look).toMatchObject({ step: 0, assigned: { canary: 50, baseline: 50 } });
    expect(look.observations.failures).toMatchObject({
      strata: [{ canary: { exposures: 50, events: 2 }, baseline: { exposures: 50 } }],
    });
  });

  it('ignores what experiments count', () => {
    const { look } = lookFromTraffic(rollout(), {
      15: { traffic: { checkout: { control: arm(5), candidate: arm(7) } }, outcomes: {} },
    });
    expect(look.assigned).toEqual({ canary: 0, baseline: 0 });
  });
});

describe('what only one arm has', () => {
  it('waits for the other: a stratum of one arm compares nothing', () => {
    const first = lookFromTraffic(rollout(), { 15: counted(arm(0), arm(20, 1)) });
    expect(first.look.assigned).toEqual({ canary: 0, baseline: 20 });
    expect(first.look.observations).toMatchObject({
      failures: { strata: [] },
      latency: { strata: [] },
    });
    const record = rollout({ counted: first.counted });
    const { look } = lookFromTraffic(record, { 15: counted(arm(2, 1), arm(25, 1)) });
    expect(look.assigned).toEqual({ canary: 2, baseline: 5 });
    expect(look.observations.failures).toMatchObject({
      strata: [{ canary: { exposures: 2, events: 1 }, baseline: { exposures: 25, events: 1 } }],
    });
  });

  it('does not wait once the candidate has all traffic', () => {
    const record = rollout({ steps: [{ step: 5, generation: 15, at }] });
    const { look } = lookFromTraffic(record, { 15: counted(arm(20), arm(0)) });
    expect(look.observations.failures).toMatchObject({
      strata: [{ canary: { exposures: 20 }, baseline: { exposures: 0 } }],
    });
  });

  it('of outcomes waits for ten of either, so that their spread can be told', () => {
    const few = counted(arm(5), arm(5), { candidate: moments(9), stable: moments(400) });
    const first = lookFromTraffic(rollout(), { 15: few });
    expect(first.look.observations.score).toEqual({ kind: 'mean', strata: [] });
    const more = counted(arm(5), arm(5), { candidate: moments(10), stable: moments(401) });
    const { look } = lookFromTraffic(rollout({ counted: first.counted }), { 15: more });
    expect(look.observations.score).toEqual({
      kind: 'mean',
      strata: [{ canary: moments(10), baseline: moments(401) }],
    });
  });

  it('of late outcomes is compared within the step that they are of', () => {
    const { look } = lookFromTraffic(rollout(), {
      12: counted(arm(0), arm(0), { candidate: moments(10, 1), stable: moments(20, 2) }),
      15: counted(arm(0), arm(0), { candidate: moments(30, 3), stable: moments(40, 4) }),
    });
    expect(look.observations.score).toMatchObject({
      strata: [
        { canary: { mean: 1 }, baseline: { mean: 2 } },
        { canary: { mean: 3 }, baseline: { mean: 4 } },
      ],
    });
  });
});

describe('a guardrail', () => {
  it('of one kind of failures counts these alone', () => {
    const policy = policyWith({ id: 'timeout', kind: 'events', better: 'lower', required: true });
    const failing = arm(10, 4, { kinds: { timeout: 3, threw: 1 } });
    const { look } = lookFromTraffic(rollout({ policy }), { 15: counted(failing, arm(90)) });
    expect(look.observations).toEqual({
      timeout: {
        kind: 'events',
        strata: [{ canary: { exposures: 10, events: 3 }, baseline: { exposures: 90, events: 0 } }],
      },
    });
  });

  it.each(['events', 'mean'] as const)('of %s that nothing measures is missing', (kind) => {
    const policy = policyWith({ id: 'refunds', kind, better: 'lower', required: true });
    const { look } = lookFromTraffic(rollout({ policy }), { 15: counted(arm(10), arm(90)) });
    expect(look.observations).toEqual({});
  });

  it('is there, with nothing in it, where nobody asks the model', () => {
    const { look } = lookFromTraffic(rollout(), {});
    expect(look.observations).toEqual({
      failures: { kind: 'events', strata: [] },
      latency: { kind: 'latency', strata: [] },
      score: { kind: 'mean', strata: [] },
    });
  });

  it('of latency is missing where units are answered and never timed', () => {
    const untimed = arm(100, 0, { latency: [] });
    const looked = (candidate: ArmTraffic) =>
      Object.keys(
        lookFromTraffic(rollout(), { 15: counted(candidate, arm(90)) }).look.observations,
      );
    expect(looked(untimed)).toEqual(['failures', 'score']);
    expect(looked({ ...untimed, exposures: 99 })).toContain('latency');
    expect(looked(arm(200, 150, { latency: [] }))).toContain('latency');
  });

  it('of failures is missing where units come and nobody says what became of them', () => {
    const silent = { ...NO_TRAFFIC, assigned: 100 };
    const { look } = lookFromTraffic(rollout(), { 15: counted(silent, arm(90)) });
    expect(Object.keys(look.observations)).toEqual(['latency', 'score']);
  });
});

describe('looks at the same traffic', () => {
  const armGrowth = fc
    .record({
      assigned: fc.nat({ max: 9 }),
      exposures: fc.nat({ max: 9 }),
      failures: fc.nat({ max: 3 }),
      bucket: fc.integer({ min: 100, max: 103 }),
      timed: fc.nat({ max: 9 }),
    })
    .map(({ assigned, exposures, failures, bucket, timed }) => ({
      assigned,
      exposures,
      failures,
      kinds: failures > 0 ? { threw: failures } : {},
      latency: timed > 0 ? [[bucket, timed] as [number, number]] : [],
    }));
  const growth = fc.record({
    generation: fc.constantFrom(12, 13, 15),
    canary: armGrowth,
    baseline: armGrowth,
    look: fc.boolean(),
  });

  it('add up to all of it, however it is split, but for what still waits', () => {
    fc.assert(
      fc.property(fc.array(growth, { maxLength: 30 }), (growths) => {
        const now: Record<string, Counted> = {};
        let record = rollout();
        const sum: EventCounts[] = [
          { exposures: 0, events: 0 },
          { exposures: 0, events: 0 },
        ];
        const assigned = { canary: 0, baseline: 0 };
        const take = () => {
          const { look, counted } = lookFromTraffic(record, now);
          expect(Look.safeParse(look).success).toBe(true);
          record = { ...record, counted };
          assigned.canary += look.assigned.canary;
          assigned.baseline += look.assigned.baseline;
          const { failures } = look.observations;
          for (const stratum of failures?.kind === 'events' ? failures.strata : []) {
            for (const [i, arm] of [stratum.canary, stratum.baseline].entries()) {
              const added = sum[i] as EventCounts;
              sum[i] = {
                exposures: added.exposures + arm.exposures,
                events: added.events + arm.events,
              };
            }
          }
        };
        for (const { generation, canary, baseline, look } of growths) {
          const before = now[generation]?.traffic ?? {};
          now[generation] = {
            traffic: addTraffic(before, traffic(canary, baseline)),
            outcomes: {},
          };
          if (look) take();
        }
        // Enough for either arm that nothing has to wait any more.
        for (const generation of [12, 13, 15]) {
          const before = now[generation]?.traffic ?? {};
          now[generation] = {
            traffic: addTraffic(before, traffic(arm(99), arm(99))),
            outcomes: {},
          };
        }
        take();
        const all = Object.values(now).reduce<Traffic>((t, one) => addTraffic(t, one.traffic), {});
        const { candidate, stable } = all.candidate ?? {};
        expect(sum).toEqual(
          [candidate, stable].map((one) => ({ exposures: one?.exposures, events: one?.failures })),
        );
        expect(assigned).toEqual({
          canary: now[15]?.traffic.candidate?.candidate?.assigned,
          baseline: now[15]?.traffic.candidate?.stable?.assigned,
        });
        const taken = Object.values(record.counted).reduce<Traffic>(
          (t, one) => addTraffic(t, one.traffic),
          {},
        );
        expect(taken).toEqual(all);
      }),
    );
  });
});
