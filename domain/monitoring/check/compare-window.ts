import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { HOUR_MS, type Seen } from '#domain/monitoring/capture/seen.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import { comparedReport, gravestFirst } from '#domain/monitoring/report/compared-report.ts';
import type { ComparedReport, WindowReport } from '#domain/monitoring/report/drift-report.ts';
import type { Compare } from './compare-column.ts';
import { comparePairs } from './compare-pairs.ts';
import { judgeInputs } from './judge-inputs.ts';
import type { Reference, ReferenceColumn } from './reference.ts';
import { hoursUpTo } from './windows.ts';

/** When a window ended, in ms since 1970, and how long it is. */
interface Length {
  readonly at: number;
  readonly hours: number;
}

/** A window's features, pairs and answers beside the reference. */
export function compareWindow(
  reference: Reference,
  seen: Seen,
  { at, hours }: Length,
  compare: Compare,
  policy: MonitoringPolicy,
): WindowReport {
  const reportOf = (column: ReferenceColumn): ComparedReport | undefined => {
    const compared = compare(column, seen);
    return compared && comparedReport(column.name, compared, policy);
  };
  const reports = reference.features.map(reportOf);
  const features = gravestFirst(reports.filter((report) => report !== undefined));
  const outcomes = reports.map((report) => report?.outcome);
  const dependence = comparePairs(reference, seen, outcomes, compare, policy);
  const [answers] = gravestFirst(
    reference.answers.map(reportOf).filter((report) => report !== undefined),
  );
  const { from, to } = hoursUpTo(at, hours);
  return {
    hours,
    from: isoTime(from * HOUR_MS),
    to: isoTime(Math.min(at, to * HOUR_MS)),
    requests: seen.requests,
    rows: seen.rows,
    counted: seen.counted,
    inputs: judgeInputs(
      features.map((verdict) => ({ name: verdict.name, verdict })),
      policy,
    ),
    features,
    ...(dependence && { dependence }),
    ...(answers && { answers }),
  };
}
