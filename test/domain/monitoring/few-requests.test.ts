import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING_SEEN } from '#domain/monitoring/capture/seen.ts';
import { check } from '#domain/monitoring/check/check.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { bucketOf } from '#domain/rollout/histogram.ts';
import { AT, HOUR, input } from './watched-world.ts';

const READ = { hour: 1, counted: NOTHING_SEEN };
/** Beyond `latencyCriticalMs`. */
const SLOW_MS = 2000;
const DAY = 24;
/** A reference is dear to make, and not needed. */
const base = input({ kinds: ['health'], reference: undefined });

interface Moved {
  readonly hour: number;
  readonly change: string;
}

/** What becomes of the alarm of latency where every hour is checked, and `requestsIn` says what came. */
function hourly(hours: number, requestsIn: (hour: number) => readonly [number, number]): Moved[] {
  const moves: Moved[] = [];
  let state: Monitoring | undefined;
  for (let hour = 0; hour < hours; hour++) {
    const [requests, ms] = requestsIn(hour);
    const seen = {
      ...NOTHING_SEEN,
      requests,
      latency: requests > 0 ? [[bucketOf(ms), requests] as const] : [],
    };
    const waiting = state?.service && { waiting: state.service };
    const service = { seen, hours: 1, read: READ, ...waiting };
    const at = AT + hour * HOUR;
    const { next, moved } = check({ ...base, service, state, at });
    state = next;
    for (const { watched, change } of moved) {
      if (watched === 'latency' && change !== 'none') moves.push({ hour, change });
    }
  }
  return moves;
}

/** So many a day, each as far from the next as can be. */
const evenly = (aDay: number) => (hour: number) =>
  Math.floor(((hour + 1) * aDay) / DAY) - Math.floor((hour * aDay) / DAY);

describe('the alarm of a model that is slow, and seldom asked', () => {
  it.each([99, 50, 24, 15])('stands from the second hundred requests on, of %i a day', (aDay) => {
    const moves = hourly(40 * DAY, (hour) => [evenly(aDay)(hour), SLOW_MS]);
    expect(moves.map(({ change }) => change)).toEqual(['raised']);
    expect(moves[0]?.hour).toBeLessThanOrEqual(Math.ceil((200 * DAY) / aDay));
  });

  it('does not end and rise again, however requests come, where there are 200 a week', () => {
    const days = fc.array(fc.integer({ min: 30, max: 120 }), { minLength: 25, maxLength: 25 });
    const hourOfDay = fc.integer({ min: 0, max: 22 });
    fc.assert(
      fc.property(days, hourOfDay, (all, at) => {
        const moves = hourly(25 * DAY, (hour) => [
          hour % DAY === at ? (all[Math.floor(hour / DAY)] ?? 0) : hour % DAY === at + 1 ? 1 : 0,
          SLOW_MS,
        ]);
        expect(moves.map(({ change }) => change)).toEqual(['raised']);
      }),
      { numRuns: 15 },
    );
  });

  it('is over within a week of the last time that it was found slow', () => {
    const mended = 10 * DAY;
    const ends: unknown[] = [];
    for (const aDay of [90, 40, 15, 5]) {
      const moves = hourly(40 * DAY, (hour) => [
        evenly(hour < mended ? 90 : aDay)(hour),
        hour < mended ? SLOW_MS : 20,
      ]);
      expect(moves.map(({ change }) => change)).toEqual(['raised', expect.any(String)]);
      ends.push(moves[1]?.change);
      // The hundred that were waiting when it was mended may still be found slow.
      expect(moves[1]?.hour).toBeLessThanOrEqual(mended + 7 * DAY + Math.ceil((100 * DAY) / aDay));
    }
    // Five a day are never a hundred within the week that they are waited for.
    expect([ends[0], ends.at(-1)]).toEqual(['cleared', 'lapsed']);
  });

  it('is over after a day without any request', () => {
    const moves = hourly(20 * DAY, (hour) => [hour < 3 ? 100 : 0, SLOW_MS]);
    expect(moves).toEqual([
      { hour: 1, change: 'raised' },
      { hour: 2 + DAY, change: 'lapsed' },
    ]);
  });
});
