import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aborted, type ExperimentState, PLANNED, started } from '#domain/experiments/experiment.ts';
import { type Evidence, judgeLook } from '#domain/experiments/judge-look.ts';
import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import { DEFAULT_EXPERIMENT_POLICY } from '#domain/gates/experiment-policy.ts';
import { samplePlan, twoTreatments } from './sample-plan.ts';

const HOUR = 3_600_000;
const running = { status: 'RUNNING', startedAt: 0, vetoed: [] } as const;

const arm = (name: string, low?: number, high?: number, units = 1000) => ({
  name,
  units,
  ...(low !== undefined && high !== undefined && { difference: { low, high } }),
});
const safe = (...treatments: string[]) =>
  treatments.map((treatment) => ({ id: 'errors', treatment, harmed: false }));

const better: Evidence = {
  arms: [arm('bold', 0.01, 0.05), arm('control')],
  guardrails: safe('bold'),
  trafficSound: true,
};

const look = (
  evidence: Evidence,
  hours = 24,
  plan: ExperimentPlan = samplePlan(),
  policy = DEFAULT_EXPERIMENT_POLICY,
) => judgeLook(plan, policy, running, evidence, hours * HOUR);

describe('a look at an experiment', () => {
  it('names the winner once the time is there', () => {
    expect(look(better, 24)).toEqual({
      state: {
        status: 'CONCLUDED',
        startedAt: 0,
        endedAt: 24 * HOUR,
        outcome: 'winner',
        winner: 'bold',
        promotion: 'person',
      },
      missing: [],
    });
  });

  it('waits for the least duration, however clear the winner', () => {
    expect(look(better, 23.99)).toEqual({ state: running, missing: ['24 h, got 24.0 h'] });
  });

  it.each([
    ['bold', [arm('bold', 0.01, 0.05, 999), arm('control')]],
    ['control', [arm('bold', 0.01, 0.05), arm('control', undefined, undefined, 999)]],
    ['bold', [arm('control')]],
  ])('waits for the least sample of %s', (name, arms) => {
    const { state, missing } = look({ ...better, arms }, 167);
    expect(state.status).toBe('RUNNING');
    expect(missing).toEqual([expect.stringMatching(`1000 units of ${name}`)]);
    expect(look({ ...better, arms }, 168).state).toMatchObject({ outcome: 'insufficient' });
  });

  it.each<[string, Partial<Evidence>]>([
    ['a guardrail', { guardrails: [] }],
    ['the test of the split', { trafficSound: undefined }],
    ['an interval', { arms: [arm('bold'), arm('control')] }],
    ['a number in the interval', { arms: [arm('bold', Number.NaN, 1), arm('control')] }],
  ])('takes silence of %s for no evidence', (_, change) => {
    expect(look({ ...better, ...change }, 100).state.status).toBe('RUNNING');
    expect(look({ ...better, ...change }, 168).state).toMatchObject({ outcome: 'insufficient' });
  });

  it('ends at the longest duration where nothing is clear, and not before', () => {
    const unclear = { ...better, arms: [arm('bold', -0.01, 0.05), arm('control')] };
    expect(look(unclear, 167.99)).toEqual({
      state: running,
      missing: ['a difference that is clear'],
    });
    expect(look(unclear, 168).state).toMatchObject({ status: 'CONCLUDED', outcome: 'no-winner' });
  });

  it('asks for more than the least effect', () => {
    const of = (effectMin: number) => look(better, 24, samplePlan({ effectMin })).state;
    expect(of(0.0099)).toMatchObject({ outcome: 'winner' });
    expect(of(0.01).status).toBe('RUNNING');
  });

  it('turns round where less is better', () => {
    const plan = samplePlan({ metric: { id: 'errors', kind: 'events', better: 'lower' } });
    expect(look(better, 24, plan).state.status).toBe('RUNNING');
    const fewer = { ...better, arms: [arm('bold', -0.05, -0.01), arm('control')] };
    expect(look(fewer, 24, plan).state).toMatchObject({ winner: 'bold' });
    expect(look(fewer, 24).state.status).toBe('RUNNING');
  });

  it('ends at once where the only treatment harms, or the split is broken', () => {
    const harmed = [{ id: 'errors', treatment: 'bold', harmed: true }];
    expect(look({ ...better, guardrails: harmed }, 0.1).state).toEqual({
      status: 'ABORTED',
      reason: 'guardrail',
      startedAt: 0,
      endedAt: 0.1 * HOUR,
    });
    expect(look({ ...better, trafficSound: false }, 24).state).toMatchObject({ reason: 'traffic' });
  });

  it('goes on without a treatment that harms, which cannot win any more', () => {
    const plan = samplePlan({ treatments: twoTreatments });
    const both: Evidence = {
      arms: [arm('bold', 0.03, 0.05), arm('pale', 0.01, 0.02), arm('control')],
      guardrails: [{ id: 'errors', treatment: 'bold', harmed: true }, ...safe('pale')],
      trafficSound: true,
    };
    const early = look(both, 1, plan);
    expect(early.state).toEqual({ ...running, vetoed: ['bold'] });
    const later = { ...both, guardrails: safe('bold', 'pale') };
    if (early.state.status !== 'RUNNING') return;
    expect(
      judgeLook(plan, DEFAULT_EXPERIMENT_POLICY, early.state, later, 24 * HOUR).state,
    ).toMatchObject({ winner: 'pale' });
    expect(look(later, 24, plan).state).toMatchObject({ winner: 'bold' });
  });

  it('hands on to a rollout by itself only if plan and policy both say so', () => {
    const of = (autoPromote: boolean, autoPromotion: boolean) => {
      const policy = { ...DEFAULT_EXPERIMENT_POLICY, autoPromotion };
      return look(better, 24, samplePlan({ autoPromote }), policy).state;
    };
    expect(of(true, true)).toMatchObject({ promotion: 'automatic' });
    expect(of(true, false)).toMatchObject({ promotion: 'person' });
    expect(of(false, true)).toMatchObject({ promotion: 'person' });
  });

  it('never names a winner early, upon too little, or against a guardrail', () => {
    const bound = fc.double({ min: -1, max: 1, noNaN: true });
    const evidence = fc.record({
      arms: fc
        .tuple(fc.nat(2000), fc.nat(2000), bound, bound)
        .map(([units, control, low, high]) => [
          arm('bold', low, high, units),
          arm('control', undefined, undefined, control),
        ]),
      guardrails: fc
        .option(fc.boolean(), { nil: undefined })
        .map((harmed) =>
          harmed === undefined ? [] : [{ id: 'errors', treatment: 'bold', harmed }],
        ),
      trafficSound: fc.option(fc.boolean(), { nil: undefined }),
    });
    fc.assert(
      fc.property(evidence, fc.double({ min: 0, max: 200, noNaN: true }), (seen, hours) => {
        const { state, missing } = look(seen, hours);
        expect(missing.length > 0).toBe(state.status === 'RUNNING');
        if (state.status !== 'CONCLUDED' || state.outcome !== 'winner') return;
        expect(hours).toBeGreaterThanOrEqual(24);
        expect(Math.min(...seen.arms.map(({ units }) => units))).toBeGreaterThanOrEqual(1000);
        expect(seen.guardrails).toEqual(safe('bold'));
        expect(seen.trafficSound).toBe(true);
        expect(seen.arms[0]?.difference?.low).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an experiment', () => {
  const over: ExperimentState = { status: 'ABORTED', endedAt: 5, reason: 'person' };

  it('starts once', () => {
    expect(started(PLANNED, 7)).toEqual({ status: 'RUNNING', startedAt: 7, vetoed: [] });
    expect(started(running, 7)).toBeUndefined();
    expect(started(over, 7)).toBeUndefined();
  });

  it('may be ended while it is planned or runs, and not again', () => {
    expect(aborted(PLANNED, 'person', 5)).toEqual(over);
    expect(aborted(running, 'killed', 5)).toEqual({
      status: 'ABORTED',
      reason: 'killed',
      startedAt: 0,
      endedAt: 5,
    });
    expect(aborted(over, 'person', 9)).toBeUndefined();
    const { state } = look(better);
    expect(aborted(state, 'person', 9)).toBeUndefined();
  });
});
