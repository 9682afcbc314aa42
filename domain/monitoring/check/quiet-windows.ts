import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { Seen } from '#domain/monitoring/capture/seen.ts';
import { type FeatureCounts, mergeCounts } from '#domain/monitoring/statistics/bins.ts';
import {
  type FeatureOverdispersion,
  INDEPENDENT_ROWS,
  learnOverdispersion,
} from '#domain/monitoring/statistics/overdispersion.ts';
import { judgeFeature } from './judge-feature.ts';
import type { ReferenceColumn } from './reference.ts';
import { QUARTERS_A_DAY } from './windows.ts';

/** How much a column's windows vary, by their length. */
export interface Overdispersion {
  readonly quarter: FeatureOverdispersion;
  readonly day: FeatureOverdispersion;
  /** Whether there were windows enough to learn it from. */
  readonly isLearned: boolean;
}

/** Fewer windows than these teach nothing. */
const WINDOWS_MIN = 4;

/**
 * What the week before a window teaches of a column. A window of six hours is quiet when no day that
 * has it whole drifted: a daily cycle moves each quarter of a day and no day, so it is learned, and
 * what drifts for longer than a day is not. That is known of a window a day later, so the latest
 * teach nothing. Days vary less than quarters by cycles, and as much by users who come back; where
 * there are too few of them, the quarters' stands for theirs.
 *
 * @param quarters windows of six hours, the newest first; the first is the one to be judged
 */
export function learnedFrom(
  column: ReferenceColumn,
  quarters: readonly Seen[],
  comparisons: number,
  policy: MonitoringPolicy,
): Overdispersion {
  const counts = quarters.map((window) => column.of(window));
  const days = counts.map((_, newest) => dayOf(counts, newest));
  const drifted = days.map(
    (day) => day !== undefined && isDrifted(column, day, comparisons, policy),
  );
  const isQuiet = (quarter: number): boolean =>
    !drifted.slice(Math.max(0, quarter - QUARTERS_A_DAY + 1), quarter + 1).includes(true);
  const past = counts.flatMap((one, i) =>
    i >= QUARTERS_A_DAY && one !== undefined && isQuiet(i) ? [one] : [],
  );
  if (past.length < WINDOWS_MIN) {
    return { quarter: INDEPENDENT_ROWS, day: INDEPENDENT_ROWS, isLearned: false };
  }
  const quarter = learnOverdispersion(column.bins, column.counts, past);
  const whole = days.filter(
    (day, i): day is FeatureCounts =>
      day !== undefined && i > 0 && i % QUARTERS_A_DAY === 0 && !drifted[i],
  );
  const enough = whole.length >= WINDOWS_MIN;
  return {
    quarter,
    day: enough ? learnOverdispersion(column.bins, column.counts, whole) : quarter,
    isLearned: true,
  };
}

/** Four quarters in a row, the newest of them at `newest`. */
function dayOf(
  counts: readonly (FeatureCounts | undefined)[],
  newest: number,
): FeatureCounts | undefined {
  if (newest + QUARTERS_A_DAY > counts.length) return undefined;
  const day = counts.slice(newest, newest + QUARTERS_A_DAY).filter((one) => one !== undefined);
  return day.length === 0 ? undefined : day.reduce(mergeCounts);
}

const isDrifted = (
  { bins, counts }: ReferenceColumn,
  current: FeatureCounts,
  comparisons: number,
  policy: MonitoringPolicy,
): boolean =>
  judgeFeature(
    { bins, reference: counts, current, overdispersion: INDEPENDENT_ROWS, comparisons },
    policy,
  ).outcome === 'DRIFT';
