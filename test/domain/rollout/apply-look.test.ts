import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ROLLOUT_POLICY, type RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { applyLook, shareOf } from '#domain/rollout/apply-look.ts';
import { bucketOf } from '#domain/rollout/histogram.ts';
import { type Look, Look as LookSchema } from '#domain/rollout/observation.ts';
import { type RolloutState, startRollout } from '#domain/rollout/state.ts';
import { EVENTS_ONLY, eventLook, latencyLook } from './looks.ts';

const start = startRollout(EVENTS_ONLY);
const applied = (looks: readonly Look[], policy: RolloutPolicy = EVENTS_ONLY): RolloutState =>
  looks.reduce((state, look) => applyLook(state, look, policy).state, startRollout(policy));
const refused = (state: RolloutState, look: Look): string => {
  const found = applyLook(state, look, EVENTS_ONLY);
  expect(found.state).toBe(state);
  return found.kind === 'refused' ? found.message : found.kind;
};

const counts = fc.tuple(fc.nat(300), fc.nat(20)).map(([n, e]) => [n + e, e] as const);
const looks = fc
  .array(fc.tuple(counts, counts), { maxLength: 12 })
  .map((all) => all.map(([canary, baseline], i) => eventLook(i + 1, canary, baseline)));

describe('a look', () => {
  it('counts once, however often it is sent', () => {
    fc.assert(
      fc.property(looks, (all) => {
        const twice = all.flatMap((look, i) => [look, look, ...all.slice(0, i)]);
        expect(applied(twice)).toEqual(applied(all));
      }),
    );
  });

  it('finds the state after JSON as it was before', () => {
    fc.assert(
      fc.property(looks, counts, (all, more) => {
        const state = applied(all);
        const next = eventLook(all.length + 1, more, more);
        const revived = JSON.parse(JSON.stringify(state)) as RolloutState;
        expect(applyLook(revived, next, EVENTS_ONLY)).toEqual(applyLook(state, next, EVENTS_ONLY));
      }),
    );
  });

  it('may bring its strata in any order', () => {
    const first = { canary: { exposures: 50, events: 3 }, baseline: { exposures: 900, events: 8 } };
    const second = {
      canary: { exposures: 90, events: 1 },
      baseline: { exposures: 800, events: 9 },
    };
    const of = (strata: (typeof first)[]): Look => ({
      ...eventLook(1, [140, 4], [1700, 17]),
      observations: { failures: { kind: 'events', strata } },
    });
    const [one, other] = [applied([of([first, second])]), applied([of([second, first])])];
    const logs = (state: RolloutState) =>
      state.guardrails.failures?.kind === 'events' ? state.guardrails.failures.evidence.harm : [];
    for (const [k, log] of logs(one).entries()) expect(logs(other)[k]).toBeCloseTo(log, 10);
  });

  it('that comes too early is refused', () => {
    expect(refused(start, eventLook(3, [50, 0], [950, 9]))).toBe(
      'got look 3, expected look 1: send those between first',
    );
  });

  it.each([2, 3, 0])('may begin the next step, and no other: %d', (step) => {
    const at = applied([eventLook(1, [50, 0], [950, 9])]);
    const found = applyLook(at, eventLook(2, [50, 0], [950, 9], step), EVENTS_ONLY);
    expect(found.kind).toBe(step === 2 ? 'applied' : 'refused');
    if (found.kind === 'refused') {
      expect(found.message).toBe(`got a look of step ${step}, expected step 1 or 2`);
    }
  });

  it('of a guardrail that the policy does not name is refused', () => {
    const look = eventLook(1, [50, 0], [950, 9]);
    const other = { ...look, observations: { speed: look.observations.failures as never } };
    expect(refused(start, other)).toBe(
      'got events of speed, expected no such guardrail: name it in the policy, or leave it out',
    );
    const kind = { ...look, observations: { failures: { kind: 'latency' as const, strata: [] } } };
    expect(refused(start, kind)).toBe('got latency of failures, expected events');
  });

  it('with more events than exposures is no look', () => {
    expect(LookSchema.safeParse(eventLook(1, [50, 51], [950, 9])).success).toBe(false);
    expect(LookSchema.safeParse(eventLook(1, [50, 50], [950, 9])).success).toBe(true);
  });

  it('counts exposures of its own step', () => {
    const all = [eventLook(1, [50, 0], [950, 9]), eventLook(2, [60, 0], [940, 9])];
    expect(applied(all)).toMatchObject({ step: 1, exposures: 110, looksInStep: 2 });
    const next = [...all, eventLook(3, [100, 0], [900, 9], 2)];
    expect(applied(next)).toMatchObject({ step: 2, exposures: 100, looksInStep: 1 });
  });

  it('adds to what was missing until the guardrail reports again', () => {
    const silent = (number: number): Look => ({
      ...eventLook(number, [50, 0], [950, 9]),
      observations: {},
    });
    expect(applied([silent(1), silent(2)]).guardrails.failures?.missing).toBe(2);
    expect(applied([silent(1), eventLook(2, [50, 0], [950, 9])]).guardrails.failures?.missing).toBe(
      0,
    );
  });
});

describe('a look at latencies', () => {
  const policy: RolloutPolicy = {
    ...DEFAULT_ROLLOUT_POLICY,
    shadow: false,
    latencySamplesMin: 100,
    guardrails: [{ id: 'latency', kind: 'latency', better: 'lower', required: true }],
  };
  const [fast, slow] = [bucketOf(40), bucketOf(100)];
  const baseline = [
    [fast, 96],
    [slow, 4],
  ] as [number, number][];
  const seen = (all: readonly Look[]) => {
    const { latency } = applied(all, policy).guardrails;
    if (latency?.kind !== 'latency') throw new Error('no latencies were seen');
    return latency;
  };

  it('freezes the threshold after enough of the baseline, never by the canary', () => {
    const few = seen([latencyLook(1, [[slow, 500]], [[fast, 99]])]);
    expect(few).toMatchObject({ frozen: null, baseline: [[fast, 99]] });
    const enough = seen([latencyLook(1, [[slow, 500]], baseline)]);
    expect(enough).toMatchObject({ frozen: fast, baseline: [] });
    expect(enough.evidence.totals.canary.exposures).toBe(0);
  });

  it('lets the canary be slower by the ratio, and not by a bucket more', () => {
    const first = latencyLook(1, [], baseline);
    const events = (climbed: number) =>
      seen([first, latencyLook(2, [[fast + climbed, 10]], [[fast, 20]])]).evidence.totals.canary
        .events;
    expect([events(5), events(6)]).toEqual([0, 10]);
    const above = seen([first, latencyLook(2, [[fast, 1]], [[fast + 1, 7]])]);
    expect(above.evidence.totals.baseline.events).toBe(7);
  });

  it('lets a canary of a fast model be slower by the slack, however large the ratio', () => {
    const tenth = bucketOf(0.1);
    const first = latencyLook(1, [], [[tenth, 100]]);
    const events = (ms: number) =>
      seen([first, latencyLook(2, [[bucketOf(ms), 10]], [[tenth, 20]])]).evidence.totals.canary
        .events;
    expect([0.5, 2, 2.2].map(events)).toEqual([0, 0, 10]);
  });
});

describe('the share of a step', () => {
  it('is the one that the policy says, and none in the shadow', () => {
    expect([0, 1, 2, 5].map((step) => shareOf(step, DEFAULT_ROLLOUT_POLICY))).toEqual([
      0, 0.05, 0.1, 1,
    ]);
  });

  it('begins with the shadow where the policy has one', () => {
    expect(startRollout(DEFAULT_ROLLOUT_POLICY).step).toBe(0);
    expect(start.step).toBe(1);
  });
});
