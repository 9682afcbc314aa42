import { describe, expect, it } from 'vitest';
import {
  DEFAULT_ROLLOUT_POLICY,
  RolloutPolicy,
  secondsToLook,
} from '#domain/gates/rollout-policy.ts';

const accepts = (change: object): boolean =>
  RolloutPolicy.safeParse({ ...DEFAULT_ROLLOUT_POLICY, ...change }).success;
const [guardrail] = DEFAULT_ROLLOUT_POLICY.guardrails;

describe('the policy of rollouts', () => {
  it('is valid by default', () => {
    expect(RolloutPolicy.parse(DEFAULT_ROLLOUT_POLICY)).toEqual(DEFAULT_ROLLOUT_POLICY);
  });

  it.each([
    ['steps that fall', { steps: [10, 5, 100] }],
    ['steps that stay', { steps: [5, 5, 100] }],
    ['steps that end before all traffic', { steps: [5, 50] }],
    ['no step', { steps: [] }],
    ['no guardrail', { guardrails: [] }],
    ['guardrails of the same name', { guardrails: [guardrail, guardrail] }],
    ['no required guardrail', { guardrails: [{ ...guardrail, required: false }] }],
    ['harm looked for where none is', { harmAlternatives: [1, 2] }],
    ['health looked for at the margin', { promotionAlternatives: [1.5] }],
    ['a margin that is no harm', { promotionRatio: 1 }],
    ['looks that come sooner and sooner', { lookGrowth: 0.9 }],
    ['a longest wait below the shortest', { lookSecondsMax: 10 }],
    ['a level above a half', { harmAlpha: 0.51 }],
    ['a level of nothing', { promotionAlpha: 0 }],
    ['what it does not know', { patience: 3 }],
  ])('refuses %s', (_what, change) => {
    expect(accepts(change)).toBe(false);
  });

  it('waits from 20 s to 15 min between looks', () => {
    const waits = [0, 1, 17, 18, 1000].map((looks) => secondsToLook(DEFAULT_ROLLOUT_POLICY, looks));
    expect(waits).toEqual([20, 25, 20 * 1.25 ** 17, 900, 900]);
    expect(waits[2]).toBeLessThan(900);
  });
});
