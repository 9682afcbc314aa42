import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { HOUR_MS, type Seen } from '#domain/monitoring/capture/seen.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import type { DriftReport, WindowReport } from '#domain/monitoring/report/drift-report.ts';
import type { Compare } from './compare-column.ts';
import { judgeFeature } from './judge-feature.ts';
import type { Reference } from './reference.ts';
import { hoursUpTo, QUARTER_HOURS } from './windows.ts';

/** Features whose windows of the last week are in a report. */
const FEATURES_MOST = 50;

/**
 * Of the gravest features: how their windows of the last week compare, the oldest first.
 *
 * @param newest what the newest of the windows came to
 */
export function historyOf(
  reference: Reference,
  quarters: readonly Seen[],
  newest: Pick<WindowReport, 'features'>,
  compare: Compare,
  at: number,
  policy: MonitoringPolicy,
): DriftReport['history'] {
  const shown = new Set(newest.features.slice(0, FEATURES_MOST).map(({ name }) => name));
  const columns = reference.features.filter(({ name }) => shown.has(name));
  const { to } = hoursUpTo(at, 0);
  return quarters
    .map((seen, back) => ({
      at: isoTime(back === 0 ? at : (to - back * QUARTER_HOURS) * HOUR_MS),
      hours: QUARTER_HOURS,
      ratios: Object.fromEntries(
        columns.flatMap((column) => {
          const compared = compare(column, seen);
          const verdict = compared && judgeFeature(compared, policy);
          return verdict && verdict.outcome !== 'INSUFFICIENT_DATA'
            ? [[column.name, verdict.ratios.warn]]
            : [];
        }),
      ),
    }))
    .filter(({ ratios }, back) => back === 0 || Object.keys(ratios).length > 0)
    .reverse();
}
