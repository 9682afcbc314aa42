import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ROLLOUT_POLICY, type RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { worst } from '#domain/gates/verdict.ts';
import { eventPlan } from '#domain/rollout/event-evidence.ts';
import { type JudgedLook, judgeLook, judgeRollout } from '#domain/rollout/judge-look.ts';
import type { Look } from '#domain/rollout/observation.ts';
import { standing, thresholds } from '#domain/rollout/standing.ts';
import { type RolloutState, startRollout } from '#domain/rollout/state.ts';
import { EVENTS_ONLY, eventLook, meanLook, right } from './looks.ts';

function judged(looks: readonly Look[], policy: RolloutPolicy = EVENTS_ONLY): JudgedLook {
  const [first, ...rest] = looks as [Look, ...Look[]];
  return rest.reduce(
    (before, look) => judgeLook(before.state, look, policy),
    judgeLook(startRollout(policy), first, policy),
  );
}
const check = ({ judgement }: JudgedLook, id: string) =>
  judgement.checks.find((each) => each.id === id);
const [failures] = EVENTS_ONLY.guardrails as [RolloutPolicy['guardrails'][number]];
const counts = fc.tuple(fc.nat(2000), fc.nat(60)).map(([n, e]) => [n + e, e] as const);

describe('a rollout', () => {
  it('passes once the canary is shown to be no worse', () => {
    const healthy = judged([eventLook(1, [50_000, 500], [950_000, 9500])]);
    expect(healthy.judgement.outcome).toBe('PASS');
    expect(check(healthy, 'failures.no-worse')?.verdict).toBe('pass');
  });

  it('never passes by silence', () => {
    const silent = judged([eventLook(1, [0, 0], [0, 0])]);
    expect(silent.judgement.outcome).toBe('INSUFFICIENT');
    const nothing = judged([{ ...eventLook(1, [5000, 0], [95_000, 0]), observations: {} }]);
    expect(nothing.judgement.outcome).toBe('INSUFFICIENT');
  });

  it('fails a canary that fails more, at a single look', () => {
    const bad = judged([eventLook(1, [100, 20], [1900, 19])]);
    expect(bad.judgement.outcome).toBe('FAIL');
    expect(check(bad, 'harm')?.message).toMatch(/^the canary does harm: evidence of .* roll back$/);
  });

  it('says how many units are still needed, and passes with about so many', () => {
    const first = eventLook(1, [2500, 25], [47_500, 475]);
    const early = judged([first]);
    expect(early.judgement.outcome).toBe('INSUFFICIENT');
    const message = check(early, 'failures.no-worse')?.message ?? '';
    const needed = Number(/about (\d+) more units/.exec(message)?.[1]);
    expect(needed).toBeGreaterThan(0);
    const n = 2 * needed;
    const enough = eventLook(
      2,
      [Math.round(0.05 * n), Math.round(0.0005 * n)],
      [Math.round(0.95 * n), Math.round(0.0095 * n)],
    );
    expect(judged([first, enough]).judgement.outcome).toBe('PASS');
    const half = eventLook(
      2,
      [Math.round(0.0125 * n), Math.round(0.000125 * n)],
      [Math.round(0.2375 * n), Math.round(0.002375 * n)],
    );
    expect(judged([first, half]).judgement.outcome).toBe('INSUFFICIENT');
  });

  it('that never fails needs the units that show its rate', () => {
    const spotless = (n: number) => [
      eventLook(1, [Math.ceil(n * 0.05), 0], [Math.ceil(n * 0.95), 0]),
    ];
    const message = check(judged(spotless(20_000)), 'failures.no-worse')?.message ?? '';
    const needed = Number(/about (\d+) more units/.exec(message)?.[1]);
    expect(judged(spotless(20_000 + needed)).judgement.outcome).toBe('PASS');
    expect(judged(spotless(20_000 + needed / 2)).judgement.outcome).toBe('INSUFFICIENT');
  });

  it('passes a service that never fails by its rate, and not where none is negligible', () => {
    const spotless = eventLook(1, [10_000, 0], [190_000, 0]);
    expect(judged([spotless]).judgement.outcome).toBe('PASS');
    const strict = { ...EVENTS_ONLY, negligibleRate: 0 };
    expect(judged([spotless], strict).judgement.outcome).toBe('INSUFFICIENT');
  });

  it.each([
    [999, 'INSUFFICIENT'],
    [1000, 'PASS'],
    [1001, 'PASS'],
  ])('with %d of 1,000 units in a step is %s', (served, outcome) => {
    const first = eventLook(1, [50_000, 500], [950_000, 9500]);
    const next = eventLook(2, [served, 10], [served * 9, 90], 2);
    expect(judged([first, next]).judgement.outcome).toBe(outcome);
  });

  it.each([
    [2, 'INSUFFICIENT'],
    [3, 'ERROR'],
    [4, 'ERROR'],
  ])('whose guardrail was silent for %d looks is %s', (times, outcome) => {
    const silent = Array.from(
      { length: times },
      (_, i): Look => ({
        ...eventLook(i + 1, [50, 0], [950, 0]),
        observations: {},
      }),
    );
    const { state, judgement } = judged(silent);
    expect([judgement.outcome, standing(state, EVENTS_ONLY).outcome]).toEqual([outcome, outcome]);
  });

  it('is an error while units are not split as its step says', () => {
    const skewed = judged([eventLook(1, [100_000, 1000], [900_000, 9000])]);
    expect(skewed.judgement).toMatchObject({ outcome: 'ERROR', sampleRatio: { alert: true } });
    expect(skewed.judgement.sampleRatio.deviation).toBeCloseTo(1, 9);
  });

  it('gives no alert of a deviation that chance explains', () => {
    const few = judged([eventLook(1, [7, 0], [93, 0])]).judgement.sampleRatio;
    expect(few.deviation).toBeCloseTo(0.4, 9);
    expect(few.alert).toBe(false);
  });

  it('rolls back rather than reporting an error when both hold', () => {
    const both = judged([eventLook(1, [100_000, 3000], [900_000, 9000])]);
    expect(both.judgement.outcome).toBe('FAIL');
  });

  it('takes averaged evidence of several guardrails', () => {
    const second = { id: 'timeouts', kind: 'events', better: 'lower', required: false } as const;
    const policy = { ...EVENTS_ONLY, guardrails: [...EVENTS_ONLY.guardrails, second] };
    const one = judged([eventLook(1, [100, 9], [1900, 19])]).judgement.standing.harm;
    const two = judged([eventLook(1, [100, 9], [1900, 19])], policy).judgement.standing.harm;
    expect(Math.exp(two)).toBeCloseTo((Math.exp(one) + 1) / 2, 6);
  });

  it('that began without a guardrail of the policy is an error', () => {
    const more = { ...EVENTS_ONLY, guardrails: DEFAULT_ROLLOUT_POLICY.guardrails };
    const { state } = judged([eventLook(1, [50_000, 500], [950_000, 9500])]);
    expect(judgeRollout(state, more).outcome).toBe('ERROR');
  });

  it('judges the same again when a look is sent again or refused', () => {
    const look = eventLook(1, [50, 1], [950, 9]);
    const first = judged([look]);
    expect(judgeLook(first.state, look, EVENTS_ONLY)).toEqual({ ...first, applied: 'repeated' });
    const early = judgeLook(first.state, eventLook(5, [50, 50], [950, 0]), EVENTS_ONLY);
    expect(early).toMatchObject({ applied: 'refused', judgement: first.judgement });
  });

  it('has the outcome of its worst check, which is that of its numbers', () => {
    const outcomes = { pass: 'PASS', inconclusive: 'INSUFFICIENT', error: 'ERROR', fail: 'FAIL' };
    fc.assert(
      fc.property(fc.array(fc.tuple(counts, counts), { minLength: 1, maxLength: 8 }), (all) => {
        const looks = all.map(([canary, baseline], i) => eventLook(i + 1, canary, baseline));
        const { state, judgement } = judged(looks);
        expect(standing(state, EVENTS_ONLY).outcome).toBe(judgement.outcome);
        expect(judgement.outcome).toBe(
          outcomes[worst(judgement.checks.map(({ verdict }) => verdict))],
        );
      }),
    );
  });

  it.each(['harm', 'promotion', 'sampleRatio'] as const)(
    'is decided at the threshold of %s',
    (by) => {
      const limit = thresholds(EVENTS_ONLY)[by];
      const healthy = judged([eventLook(1, [50_000, 500], [950_000, 9500])]).state;
      const at = (lnE: number): string => standing(withLnE(healthy, by, lnE), EVENTS_ONLY).outcome;
      const [below, reached] = {
        harm: ['PASS', 'FAIL'],
        promotion: ['INSUFFICIENT', 'PASS'],
        sampleRatio: ['PASS', 'ERROR'],
      }[by] as [string, string];
      expect([at(limit - 1e-6), at(limit + 1e-9), at(limit + 1)]).toEqual([
        below,
        reached,
        reached,
      ]);
    },
  );
});

describe('evidence', () => {
  it('has to reach one over half the level for harm, and over the whole for health', () => {
    const limit = thresholds(DEFAULT_ROLLOUT_POLICY);
    expect(Math.exp(limit.harm)).toBeCloseTo(40, 9);
    expect(Math.exp(limit.promotion)).toBeCloseTo(20, 9);
    expect(Math.exp(limit.sampleRatio)).toBeCloseTo(1000, 6);
  });

  it('leaves the other half to the analyses, shared by the guardrails that count', () => {
    expect(eventPlan(EVENTS_ONLY).analyses.alpha).toBeCloseTo(0.025, 12);
    expect(eventPlan(DEFAULT_ROLLOUT_POLICY).analyses.alpha).toBeCloseTo(0.0125, 12);
  });
});

/** The state with an e-value as wished. */
function withLnE(state: RolloutState, by: 'harm' | 'promotion' | 'sampleRatio', lnE: number) {
  if (by === 'sampleRatio') return { ...state, split: { ...state.split, greatest: lnE } };
  const { failures } = state.guardrails;
  if (failures?.kind !== 'events') throw new Error('no failures were counted');
  // Half of a promotion's e-value is the negligible rate's, which is nothing at 1 % of failures.
  const log = by === 'harm' ? lnE : lnE + Math.LN2;
  const evidence = { ...failures.evidence, [by]: failures.evidence[by].map(() => log) };
  return { ...state, guardrails: { failures: { ...failures, evidence } } };
}

describe('a mean', () => {
  const policy: RolloutPolicy = {
    ...EVENTS_ONLY,
    exposuresMin: 1,
    guardrails: [{ id: 'accuracy', kind: 'mean', better: 'higher', required: true }],
  };
  const outcome = (canary: number, n = 2000, better: 'higher' | 'lower' = 'higher') => {
    const guardrails = [{ id: 'accuracy', kind: 'mean', better, required: true } as const];
    return judged([meanLook(1, right(n, canary), right(n, 0.9))], { ...policy, guardrails })
      .judgement.outcome;
  };

  it('passes when it is as high, and fails when it is lower', () => {
    expect(outcome(0.9)).toBe('PASS');
    expect(outcome(0.8)).toBe('FAIL');
  });

  it('is judged the other way round when less is better', () => {
    expect(outcome(0.95, 2000, 'lower')).toBe('FAIL');
    expect(outcome(0.85, 2000, 'lower')).toBe('PASS');
  });

  it.each([
    [99, 'INSUFFICIENT'],
    [100, 'FAIL'],
    [101, 'FAIL'],
  ])('of %d outcomes is %s', (n, found) => {
    expect(outcome(0.5, n)).toBe(found);
  });

  it('is not waited for in shadow, whose answers reach nobody', () => {
    const shadow = { ...policy, shadow: true, guardrails: [...policy.guardrails, failures] };
    const silent = { ...eventLook(1, [100_000, 10], [100_000, 10]), step: 0 };
    expect(judged([silent], shadow).judgement.outcome).toBe('PASS');
    const canary = eventLook(1, [50_000, 5], [950_000, 95]);
    const routed = judged([canary], { ...shadow, shadow: false });
    expect(routed.judgement.outcome).toBe('INSUFFICIENT');
  });

  it('passes with about as many outcomes as it says are needed', () => {
    const equal = (n: number) => [meanLook(1, right(n, 0.9), right(n, 0.9))];
    const message = check(judged(equal(150), policy), 'accuracy.no-worse')?.message ?? '';
    const needed = Number(/about (\d+) more units/.exec(message)?.[1]);
    const outcomeAt = (n: number) => judged(equal(Math.round(n)), policy).judgement.outcome;
    expect(outcomeAt(150 + needed / 2)).toBe('PASS');
    expect(outcomeAt(150 + needed / 2 / 1.5)).toBe('INSUFFICIENT');
  });

  it('says how many more outcomes are needed', () => {
    const early = judged([meanLook(1, right(150, 0.9), right(150, 0.9))], policy);
    expect(check(early, 'accuracy.no-worse')?.message).toMatch(/wait for about \d+ more units/);
    const none = judged([meanLook(1, right(10, 0.9), right(10, 0.9))], policy);
    expect(check(none, 'accuracy.no-worse')?.message).toMatch(/wait for about 182 more units/);
  });
});
