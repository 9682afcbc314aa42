import { describe, expect, it } from 'vitest';
import {
  coolDownMs,
  DEFAULT_ROLLBACK_POLICY,
  RollbackPolicy,
} from '#domain/gates/rollback-policy.ts';

const HOUR_MS = 3_600_000;

describe('the cool-down of a digest', () => {
  it('doubles from an hour to a day', () => {
    const hours = [1, 2, 3, 4, 5, 6, 60].map(
      (n) => coolDownMs(DEFAULT_ROLLBACK_POLICY, n) / HOUR_MS,
    );
    expect(hours).toEqual([1, 2, 4, 8, 16, 24, 24]);
  });

  it('is as long as the policy says', () => {
    const policy = { ...DEFAULT_ROLLBACK_POLICY, coolDownHours: 0.5, coolDownHoursMost: 0.75 };
    expect([1, 2].map((n) => coolDownMs(policy, n) / HOUR_MS)).toEqual([0.5, 0.75]);
  });
});

describe('the policy', () => {
  it('takes its own defaults: gradual over ten minutes', () => {
    const policy = RollbackPolicy.parse(DEFAULT_ROLLBACK_POLICY);
    expect(policy.gradualSteps * policy.gradualStepSeconds).toBe(600);
  });

  it.each([
    ['gradualSteps', 0],
    ['gradualStepSeconds', 0],
    ['validationSeconds', -1],
    ['residualShareMax', 1],
    ['goldenToleranceMax', -1e-9],
    ['coolDownHours', 0],
    ['coolDownHoursMost', 0.5],
  ])('refuses %s %d', (setting, value) => {
    const { success } = RollbackPolicy.safeParse({ ...DEFAULT_ROLLBACK_POLICY, [setting]: value });
    expect(success).toBe(false);
  });
});
