import { expect, it } from 'vitest';
import { DEFAULT_PERFORMANCE_POLICY, PerformancePolicy } from '#domain/gates/performance/policy.ts';

it('accepts its own defaults', () => {
  expect(PerformancePolicy.parse(DEFAULT_PERFORMANCE_POLICY)).toEqual(DEFAULT_PERFORMANCE_POLICY);
});

it.each([
  ['accuracyWarn', 0.8, 'must not be below accuracyMin'],
  ['p95RatioMax', 0.9, 'must be 1 or more'],
  ['eceMax', -0.1, 'Invalid input'],
  ['sliceRowsMin', 0, 'Invalid input'],
  ['sliceAccuracyGapMax', -0.1, 'Invalid input'],
  ['protectedAttributes', [''], 'Invalid input'],
  ['selectionRateRatioMin', 1.1, 'Invalid input'],
  ['equalOpportunityGapMax', 2, 'Invalid input'],
  ['equalizedOddsGapMax', -1, 'Invalid input'],
  ['referencePsiMax', 0, 'Invalid input'],
  ['unknown', 1, 'Invalid input'],
])('refuses %s = %s', (field, value, message) => {
  const parsed = PerformancePolicy.safeParse({ ...DEFAULT_PERFORMANCE_POLICY, [field]: value });
  expect(parsed.error?.issues[0]?.message).toContain(message);
});
