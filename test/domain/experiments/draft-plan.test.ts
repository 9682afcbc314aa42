import { describe, expect, it } from 'vitest';
import { Draft, planOf } from '#domain/experiments/draft-plan.ts';
import { executionName } from '#domain/experiments/experiment-ref.ts';
import { judgePlan } from '#domain/experiments/judge-plan.ts';
import { unmeasured } from '#domain/experiments/measured.ts';
import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import { DEFAULT_EXPERIMENT_POLICY as POLICY } from '#domain/gates/experiment-policy.ts';
import { parseDigest } from '#domain/registry/digest.ts';

const target = (version: string, digit: string) => ({
  version,
  digest: parseDigest(digit.repeat(64)),
});

function plan(draft: object, targets = [target('1.1.0', '2')]): ExperimentPlan {
  const parsed = Draft.parse({ treatments: targets.map(({ version }) => version), ...draft });
  const control = target('1.0.0', '1');
  const context = { tenant: 'acme', model: 'churn', id: 'x-1', control, targets, policy: POLICY };
  return planOf(parsed, context) as ExperimentPlan;
}

describe('a draft', () => {
  it.each<[string, object]>([
    ['of nothing but a treatment', {}],
    ['of failures', { metric: { id: 'failures' } }],
    ['of a bandit', { bandit: { kind: 'ucb1' } }],
    ['of a segment', { segment: { op: 'between', attribute: 'age', from: 1, to: 9 } }],
  ])('%s is a plan that the policy takes', (_, draft) => {
    const judged = judgePlan(plan(draft), POLICY);
    expect(judged).toMatchObject({ ok: true });
    if (judged.ok) expect([...unmeasured(judged.plan)]).toEqual([]);
  });

  it('leaves the control as much as a treatment gets, however many there are', () => {
    const targets = Array.from({ length: 7 }, (_, i) => target(`1.1.${i}`, String(i + 2)));
    expect(plan({}, targets).allocation).toEqual({ kind: 'fixed', split: 0.1 });
    const split = { ...POLICY, splitMax: 0.5 };
    const context = {
      ...{ tenant: 'acme', model: 'churn', id: 'x-1', control: target('1.0.0', '1') },
      ...{ targets: targets.slice(0, 2), policy: split },
    };
    const draft = Draft.parse({ treatments: ['1.1.0', '1.1.1'] });
    expect(planOf(draft, context)).toMatchObject({ allocation: { split: 1 / 3 } });
  });

  it('calls arms by their versions, where those are names', () => {
    const names = plan({}, [target('1.1.0', '2'), target('2.0.0-RC.1', '3')]).treatments;
    expect(names.map(({ name }) => name)).toEqual(['1.1.0', 'treatment-2']);
  });

  it('calls no arm as every object has a property', () => {
    const [arm] = plan({}, [target('constructor', '2')]).treatments;
    expect(arm?.name).toBe('treatment-1');
  });

  it('takes the types of attributes from what they are compared with', () => {
    const segment = {
      op: 'and',
      of: [
        { op: 'not', of: { op: 'in', attribute: 'country', values: ['DE', 'FR'] } },
        {
          op: 'or',
          of: [
            { op: 'gte', attribute: 'age', value: 18 },
            { op: 'eq', attribute: 'member', value: true },
          ],
        },
        { op: 'prefix', attribute: 'plan', value: 'pro' },
      ],
    };
    expect(plan({ segment }).attributes).toEqual({
      ...{ country: 'string', age: 'number', member: 'boolean', plan: 'string' },
    });
    expect(plan({ segment, attributes: { age: 'number' } }).attributes).toEqual({ age: 'number' });
  });

  it('keeps what is said', () => {
    const said = {
      id: 'colour',
      split: 0.02,
      metric: { id: 'score', better: 'lower' },
      effectMin: 0.5,
      guardrails: ['timeout'],
      alpha: 0.01,
      unitsMin: 5000,
      hours: { min: 30, max: 40 },
      layer: 'checkout',
      range: { from: 0.5, to: 1 },
      autoPromote: true,
    };
    const { split, ...same } = said;
    expect(plan(said)).toMatchObject({
      ...same,
      metric: { id: 'score', kind: 'mean', better: 'lower' },
      allocation: { kind: 'fixed', split },
    });
  });
});

it('names of executions are of the alphabet and the length that Step Functions takes', () => {
  const ref = { tenant: 'acme', model: 'm.'.repeat(31), id: 'i_'.repeat(20) };
  expect(executionName(ref, 'begin')).toMatch(/^[A-Za-z0-9-]{1,80}$/);
  const others = [
    { ...ref, tenant: 'rival' },
    { ...ref, id: 'i_'.repeat(19) },
  ];
  const names = [ref, ...others].map((one) => executionName(one, 'begin'));
  expect(new Set(names).size).toBe(3);
  expect(executionName(ref, 'stop')).not.toBe(executionName(ref, 'begin'));
});
