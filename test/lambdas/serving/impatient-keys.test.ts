import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ImpatientKeys } from '../../../lambdas/serving/impatient-keys.ts';

const KEY = new Uint8Array(32);

let now: number;
let asked: number;
let answer: () => Promise<Uint8Array>;
let keys: ImpatientKeys;
beforeEach(() => {
  now = 1_000_000;
  asked = 0;
  answer = async () => KEY;
  const of = () => {
    asked += 1;
    return answer();
  };
  keys = new ImpatientKeys({ of }, () => now);
});
afterEach(() => {
  vi.useRealTimers();
});

it('passes on what it is asked', async () => {
  expect(await keys.of('acme', 'decision')).toBe(KEY);
});

it('lets nobody wait longer than a second, and then nobody at all for five', async () => {
  vi.useFakeTimers();
  answer = () => new Promise(() => {});
  const first = expect(keys.of('acme', 'cache')).rejects.toThrow('within 1000 ms');
  await vi.advanceTimersByTimeAsync(1_000);
  await first;
  now += 4_999;
  await expect(keys.of('acme', 'cache')).rejects.toThrow('are away');
  expect(asked).toBe(1);
  answer = async () => KEY;
  now += 1;
  expect(await keys.of('acme', 'cache')).toBe(KEY);
});

it('does without for as long after a refusal', async () => {
  answer = () => Promise.reject(new Error('AccessDenied'));
  await expect(keys.of('acme', 'decision')).rejects.toThrow('AccessDenied');
  await expect(keys.of('acme', 'decision')).rejects.toThrow('are away');
  expect(asked).toBe(1);
});
