import { describe, expect, it } from 'vitest';
import { judgePlan } from '#domain/experiments/judge-plan.ts';
import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import { DEFAULT_EXPERIMENT_POLICY, ExperimentPolicy } from '#domain/gates/experiment-policy.ts';
import { problemText } from '#domain/registry/problem.ts';
import { BANDIT, samplePlan, twoTreatments } from './sample-plan.ts';

const POLICY = DEFAULT_EXPERIMENT_POLICY;

function problemsOf(plan: unknown, policy: ExperimentPolicy = POLICY): string {
  const judged = judgePlan(plan, policy);
  return judged.ok ? '' : judged.problems.map(problemText).join('\n');
}

describe('the plan of an experiment', () => {
  it('that is as strict as the policy is accepted', () => {
    expect(judgePlan(samplePlan(), POLICY)).toEqual({ ok: true, plan: samplePlan() });
  });

  const hours = (min: number, max: number) => ({ hours: { min, max } });
  const split = (value: number) => ({ allocation: { kind: 'fixed', split: value } }) as const;
  const bandit = (changes: object) => ({ allocation: { ...BANDIT, ...changes } });
  it.each<[string, Partial<ExperimentPlan>, Partial<ExperimentPlan>, Partial<ExperimentPlan>]>([
    ['hours.min', hours(25, 168), hours(24, 168), hours(23.9, 168)],
    ['hours.max', hours(24, 167), hours(24, 168), hours(24, 168.1)],
    ['unitsMin', { unitsMin: 1001 }, { unitsMin: 1000 }, { unitsMin: 999 }],
    ['alpha', { alpha: 0.049 }, { alpha: 0.05 }, { alpha: 0.051 }],
    ['allocation.split', split(0.09), split(0.1), split(0.11)],
    ['allocation.floor', bandit({ floor: 0.02 }), bandit({}), bandit({ floor: 0.009 })],
    ['allocation.floor', bandit({ floor: 0.49 }), bandit({ floor: 0.5 }), bandit({ floor: 0.51 })],
    [
      'allocation.batchMinutes',
      bandit({ batchMinutes: 11 }),
      bandit({}),
      bandit({ batchMinutes: 9 }),
    ],
  ])('keeps to %s: stricter, at and beyond it', (field, stricter, at, beyond) => {
    expect(problemsOf(samplePlan(stricter))).toBe('');
    expect(problemsOf(samplePlan(at))).toBe('');
    expect(problemsOf(samplePlan(beyond))).toMatch(field);
  });

  it('leaves the control as much as each treatment', () => {
    const policy = { ...POLICY, splitMax: 0.5 };
    const plan = (value: number) => samplePlan({ treatments: twoTreatments, ...split(value) });
    expect(problemsOf(plan(1 / 3), policy)).toBe('');
    expect(problemsOf(plan(0.34), policy)).toMatch(/allocation\.split/);
  });

  it('promotes by itself only where the policy allows it', () => {
    expect(problemsOf(samplePlan({ autoPromote: true }))).toMatch(/autoPromote/);
    const allowing = { ...POLICY, autoPromotion: true };
    expect(problemsOf(samplePlan({ autoPromote: true }), allowing)).toBe('');
  });

  const [bold] = samplePlan().treatments;
  it.each<[string, unknown, RegExp]>([
    ['no treatment', samplePlan({ treatments: [] }), /treatments/],
    ['the id of rollouts', samplePlan({ id: 'candidate' }), /rollouts are counted under/],
    ['no guardrail', samplePlan({ guardrails: [] }), /at least one guardrail/],
    ['a duration upside down', samplePlan(hours(48, 24)), /hours\.max/],
    [
      'a treatment named control',
      samplePlan({ treatments: [{ ...bold, name: 'control' } as never] }),
      /none named "control"/,
    ],
    [
      'a treatment that is the control',
      samplePlan({ treatments: [{ name: 'a', target: samplePlan().control }] }),
      /differ in digest/,
    ],
    [
      'a bandit on a mean',
      samplePlan({ ...bandit({}), metric: { id: 'm', kind: 'mean', better: 'higher' } }),
      /metric\.kind/,
    ],
    [
      'a segment of undeclared attributes',
      samplePlan({ segment: { op: 'eq', attribute: 'country', value: 'DE' } }),
      /segment\.attribute/,
    ],
    ['an unknown field', { ...samplePlan(), weight: 1 }, /unknown field/],
    ['another schema', { ...samplePlan(), schema: 'assay.experiment/v2' }, /schema/],
  ])('is refused with %s', (_, plan, message) => {
    expect(problemsOf(plan)).toMatch(message);
  });
});

it('a policy has room between its shortest and its longest duration', () => {
  const { hoursMin } = POLICY;
  expect(ExperimentPolicy.safeParse(POLICY).success).toBe(true);
  expect(ExperimentPolicy.safeParse({ ...POLICY, hoursMax: hoursMin }).success).toBe(true);
  expect(ExperimentPolicy.safeParse({ ...POLICY, hoursMax: hoursMin - 1 }).success).toBe(false);
});
