import { describe, expect, it } from 'vitest';
import { DEFAULT_ROLLOUT_POLICY } from '#domain/gates/rollout-policy.ts';
import { type Purpose, sampleOf, unitHash } from '#domain/rollout/distinct.ts';
import { keptCounts } from '#domain/rollout/generations.ts';
import { judgeLook } from '#domain/rollout/judge-look.ts';
import { lookFromTraffic } from '#domain/rollout/look-from-traffic.ts';
import { Look } from '#domain/rollout/observation.ts';
import type { Counted, RolloutRecord } from '#domain/rollout/record.ts';
import { standing } from '#domain/rollout/standing.ts';
import { startRollout } from '#domain/rollout/state.ts';
import { type ArmTraffic, sumTraffic } from '#domain/rollout/traffic.ts';

const at = '2026-01-01T00:00:00.000Z';
const STEPS = [
  { step: 1, generation: 12, at },
  { step: 2, generation: 15, at },
];
const POLICY = {
  ...DEFAULT_ROLLOUT_POLICY,
  shadow: false,
  guardrails: [{ id: 'failures', kind: 'events', better: 'lower', required: true } as const],
};
const TRIAL = 'candidate/0123456789abcdef';

interface Met {
  readonly users: readonly number[];
  readonly failing?: readonly number[];
  readonly level?: number;
}

/** What one process counts of users that it answers once. */
const met = ({ users, failing = [], level = 0 }: Met): ArmTraffic => {
  const hashed = (purpose: Purpose, units: readonly number[]) =>
    sampleOf(
      level,
      units.map((unit) => unitHash(purpose, TRIAL, `user ${unit}`)),
    );
  const kinds = failing.length > 0 ? { crashed: failing.length } : {};
  const counts = {
    ...{ assigned: users.length, exposures: users.length },
    ...{ failures: failing.length, kinds },
  };
  const failed = failing.length > 0 ? { crashed: hashed('failed', failing) } : {};
  const sample = {
    assigned: hashed('assigned', users),
    exposed: hashed('exposed', users),
    failed,
  };
  return { ...counts, latency: [], users: { ...counts, sample } };
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const processes = (count: number, candidate: Met, stable: Met): Counted => ({
  traffic: sumTraffic(
    Array(count).fill({ candidate: { candidate: met(candidate), stable: met(stable) } }),
  ),
  outcomes: {},
});
const CANDIDATE: Met = { users: range(0, 10), failing: [1] };
const STABLE: Met = { users: range(10, 100), failing: [11, 12] };
const looked = (
  now: Record<number, Counted>,
  before: RolloutRecord['counted'] = {},
  steps = STEPS.length,
) =>
  lookFromTraffic(
    { steps: STEPS.slice(0, steps), state: startRollout(POLICY), policy: POLICY, counted: before },
    now,
  );
const counted = (candidate: ArmTraffic, stable: ArmTraffic): Counted => ({
  traffic: { candidate: { candidate, stable } },
  outcomes: {},
});

function stratumOf({ observations: { failures } }: Look) {
  const [stratum] = failures?.kind === 'events' ? failures.strata : [];
  if (!stratum) throw new Error('the look has no failures');
  return stratum;
}

describe('users whom several processes met', () => {
  it('are assigned and fail once; their exposures tell how many of them were different', () => {
    const { look } = looked({ 15: processes(4, CANDIDATE, STABLE) });
    expect(look.assigned).toEqual({ canary: 10, baseline: 90 });
    expect(look.served).toBeUndefined();
    expect(look.observations.failures).toEqual({
      kind: 'events',
      strata: [
        {
          canary: { exposures: 40, events: 1, units: 10 },
          baseline: { exposures: 360, events: 2, units: 90 },
        },
      ],
    });
    expect(Look.safeParse(look).success).toBe(true);
  });

  it('are not news when another process meets them after a look', () => {
    const first = looked({ 15: processes(1, CANDIDATE, STABLE) });
    const { look } = looked({ 15: processes(3, CANDIDATE, STABLE) }, first.counted);
    expect(look.assigned).toEqual({ canary: 0, baseline: 0 });
    expect(look.observations.failures).toMatchObject({
      strata: [{ canary: { exposures: 20, events: 0 }, baseline: { exposures: 180, events: 0 } }],
    });
  });

  it('fail once in the trial, whichever generation and arm they failed in', () => {
    const first = looked({ 12: processes(2, CANDIDATE, STABLE) });
    const moved = { users: range(0, 20), failing: [1, 11, 15] };
    const rest = { users: range(20, 100), failing: [21] };
    const { look } = looked({ 15: processes(2, moved, rest) }, first.counted);
    expect(look.observations.failures).toMatchObject({
      strata: [{ canary: { events: 1 }, baseline: { events: 1 } }],
    });
    const both = looked({ 12: processes(2, CANDIDATE, STABLE), 15: processes(2, moved, rest) });
    expect(both.look.observations.failures).toMatchObject({
      strata: [
        { canary: { events: 1 }, baseline: { events: 2 } },
        { canary: { events: 1 }, baseline: { events: 1 } },
      ],
    });
  });

  it('count by the narrowest sample from then on, and stand for as many as it leaves out', () => {
    const users = { candidate: range(0, 100), stable: range(100, 1000) };
    const first = looked({ 15: processes(1, { users: users.candidate }, { users: users.stable }) });
    const level = 2;
    const now = processes(
      2,
      { users: [...users.candidate, ...range(3000, 3200)], level },
      { users: range(100, 3000), level },
    );
    const { look, counted: seen } = looked({ 15: now }, first.counted);
    const { canary, baseline } = look.assigned;
    expect(Math.abs(canary - 50)).toBeLessThan(20);
    expect(Math.abs(baseline - 500)).toBeLessThan(80);
    expect(look.served).toBe(canary * 4);
    expect(looked({ 15: now }, seen).look.assigned).toEqual({ canary: 0, baseline: 0 });
  });

  it('show by ten processes no more health than by one', () => {
    const shown = (count: number) => {
      const now = processes(count, { users: range(0, 2000) }, { users: range(2000, 8000) });
      const { state } = judgeLook(startRollout(POLICY), looked({ 12: now }, {}, 1).look, POLICY);
      return standing(state, POLICY).guardrails[0]?.promotion;
    };
    expect(shown(1)).toBeGreaterThan(0.2);
    expect(shown(10)).toBeCloseTo(shown(1) ?? 0, 9);
  });

  it('never stand for more than processes counted', () => {
    const candidate = met({ users: range(0, 200), level: 3 });
    const fewer = { ...candidate, assigned: 5, users: { ...candidate.users, assigned: 5 } };
    const now = { 15: counted(fewer as ArmTraffic, met({ users: range(200, 400), level: 3 })) };
    expect(looked(now).look.served).toBe(5);
  });

  it('who failed wait for exposures of theirs, as requests do', () => {
    const late = (failing: number[]) => {
      const arm = met({ users: [1], failing });
      return {
        ...arm,
        failures: 1,
        users: { ...arm.users, failures: failing.length },
      } as ArmTraffic;
    };
    const first = looked({ 15: counted(late([1, 2]), met(STABLE)) });
    expect(first.look.observations.failures).toMatchObject({ strata: [{ canary: { events: 1 } }] });
    const more = { ...late([1, 2]), assigned: 2, exposures: 2 };
    const grown = { ...more, users: { ...more.users, exposures: 2 } } as ArmTraffic;
    const stable = met({ users: range(10, 110), failing: [11, 12] });
    const { look } = looked({ 15: counted(grown, stable) }, first.counted);
    expect(look.observations.failures).toMatchObject({
      strata: [{ canary: { events: 1 }, baseline: { events: 0 } }],
    });
  });

  it('who failed are so many in a record and no more, both arms by the same part of them', () => {
    const failing = (from: number, to: number) => ({
      users: range(from, to),
      failing: range(from, to),
    });
    const { look, counted: seen } = looked({
      15: processes(2, failing(0, 1000), failing(1000, 10_000)),
    });
    const { canary, baseline } = stratumOf(look);
    expect(canary.events + baseline.events).toBeLessThanOrEqual(2048);
    expect(canary.events + baseline.events).toBeGreaterThan(800);
    expect(Math.abs(canary.events / (canary.events + baseline.events) - 0.1)).toBeLessThan(0.03);
    // Rates are judged by the same part of the exposures.
    expect(canary.events / (canary.units ?? 0)).toBeCloseTo(1, 0);
    expect(JSON.stringify(seen).length).toBeLessThan(18_000);
  });

  it('are no part of a record but for who failed and how many there were', () => {
    const { counted: seen } = looked({ 15: processes(2, CANDIDATE, STABLE) });
    expect(seen[15]?.traffic.candidate?.stable?.users).toEqual({
      ...{ assigned: 180, exposures: 180, failures: 2, kinds: { crashed: 2 } },
      ...{ different: 90, units: 90 },
    });
    expect(seen[15]?.distinct?.assigned.stable?.reduce((a, b) => a + b)).toBe(90);
    expect(seen[15]?.distinct?.failed.hashes).toHaveLength(3 * 8);
  });

  it('stay known when the traffic of their generation is read no more', () => {
    const first = looked({ 12: processes(1, CANDIDATE, STABLE) });
    const kept = keptCounts(first.counted, { all: [12, 15], open: new Set([15]) });
    expect(kept[12]?.traffic).toEqual({});
    const { look } = looked({ 15: processes(1, CANDIDATE, STABLE) }, kept);
    expect(look.observations.failures).toMatchObject({
      strata: [{ canary: { events: 0 }, baseline: { events: 0 } }],
    });
  });
});
