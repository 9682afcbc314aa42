import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Invoked } from '#aws/staging-function.ts';
import { type Answered, closedLoop } from '../../../lambdas/gates/closed-loop.ts';

const ANSWER: Invoked = { outcome: 'answered', answer: { statusCode: 200 } };

it('makes every request once, never more in flight than asked for', async () => {
  let inFlight = 0;
  let most = 0;
  const turns: number[] = [];
  const looped = await closedLoop(
    { concurrency: 3, requests: 20, seconds: 60 },
    async () => {
      most = Math.max(most, ++inFlight);
      await pause(1);
      inFlight--;
      return ANSWER;
    },
    ({ turn }) => turns.push(turn),
  );
  expect(most).toBe(3);
  expect(turns.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(looped).toEqual({ elapsedMs: expect.any(Number), unsent: 0 });
});

it('stops when the time is over, and waits for what is under way', async () => {
  const answered: Answered[] = [];
  const { elapsedMs } = await closedLoop(
    { concurrency: 2, requests: 1_000_000, seconds: 0.05 },
    async () => {
      await pause(5);
      return ANSWER;
    },
    (answer) => answered.push(answer),
  );
  expect(answered.length).toBeGreaterThan(1);
  expect(answered.length).toBeLessThan(1_000);
  expect(answered.every(({ atMs, latencyMs }) => latencyMs > 0 && atMs <= elapsedMs)).toBe(true);
});

it('tries again what was not taken, and does not count the tries as requests', async () => {
  const answered: Answered[] = [];
  let tries = 0;
  const looped = await closedLoop(
    { concurrency: 1, requests: 2, seconds: 60 },
    async () => (++tries % 2 ? { outcome: 'unsent', reason: 'Throttled' } : ANSWER),
    (answer) => answered.push(answer),
  );
  expect(answered.map(({ turn }) => turn)).toEqual([0, 1]);
  expect(looped).toMatchObject({ unsent: 2, unsentReason: 'Throttled' });
});

it('gives up on what is never taken', async () => {
  const looped = await closedLoop(
    { concurrency: 2, requests: 10, seconds: 0.05 },
    async () => ({ outcome: 'unsent', reason: 'AccessDenied' }),
    () => expect.unreachable(),
  );
  expect(looped).toMatchObject({ unsentReason: 'AccessDenied' });
});
