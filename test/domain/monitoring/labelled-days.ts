import { check } from '#domain/monitoring/check/check.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import type { Watched } from '#domain/monitoring/report/drift-report.ts';
import type { TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import { AT, HOUR, input, policy } from './watched-world.ts';

/** In hours. */
export const DAY = 24;
export const WEEK = 7 * DAY;
export const CHECK_HOURS = 6;
/** How long an alarm stands that labels raised, and none speak of any more. */
export const KEPT = 14 * DAY;

const BEGIN = AT / HOUR;
const base = input({
  kinds: ['performance'],
  policy: { ...policy, monitoring: { ...policy.monitoring, performanceHours: CHECK_HOURS } },
});

/** What comes true of the answers of an hour. */
export type Labels = (hour: number) => TruthSums | undefined;

interface Moved {
  readonly hour: number;
  readonly change: string;
}

const SHOWN = ['raised', 'cleared', 'lapsed'];

/**
 * What becomes of one alarm where performance is checked every six hours.
 *
 * @param labels by the hour of the answers
 * @param knownAt when labels of an hour come, at once where it is left out
 */
export function trajectory(
  days: number,
  watched: Watched,
  labels: Labels,
  knownAt: (hour: number) => number = (hour) => hour,
): readonly Moved[] {
  const moves: Moved[] = [];
  let state: Monitoring | undefined;
  for (let hour = CHECK_HOURS - 1; hour < days * DAY; hour += CHECK_HOURS) {
    const truths = new Map<number, TruthSums>();
    for (let of = Math.max(0, hour - WEEK + 1); of <= hour; of++) {
      const came = knownAt(of) <= hour ? labels(of) : undefined;
      if (came) truths.set(BEGIN + of, came);
    }
    const { next, moved } = check({ ...base, state, truths, at: AT + (hour + 1) * HOUR });
    state = next;
    for (const { watched: of, change } of moved) {
      if (of === watched && SHOWN.includes(change)) moves.push({ hour, change });
    }
  }
  return moves;
}
