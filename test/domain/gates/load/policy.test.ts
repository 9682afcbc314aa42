import { expect, it } from 'vitest';
import { DEFAULT_LOAD_POLICY, LoadPolicy } from '#domain/gates/load/policy.ts';

it('takes its defaults', () => {
  expect(LoadPolicy.parse(DEFAULT_LOAD_POLICY)).toEqual(DEFAULT_LOAD_POLICY);
});

it.each([
  ['no concurrency', { concurrency: 0 }],
  ['more concurrency than connections', { concurrency: 51 }],
  ['half a request', { requests: 0.5 }],
  ['no request', { requests: 0 }],
  ['no time', { seconds: 0 }],
  ['more time than the function has', { seconds: 601 }],
  ['more than every request to fail', { errorRateMax: 1.1 }],
  ['a warning that comes after the failure', { p95WarnMs: 1001 }],
  ['a negative throughput', { throughputMin: -1 }],
  ['a setting that nobody knows', { p99MaxMs: 1 }],
])('refuses %s', (_, change) => {
  expect(LoadPolicy.safeParse({ ...DEFAULT_LOAD_POLICY, ...change }).success).toBe(false);
});

it('lets a warning and a failure share their limit', () => {
  const same = { ...DEFAULT_LOAD_POLICY, p95WarnMs: 300, p95MaxMs: 300 };
  expect(LoadPolicy.safeParse(same).success).toBe(true);
});
