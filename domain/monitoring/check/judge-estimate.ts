import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { Seen } from '#domain/monitoring/capture/seen.ts';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { estimateAccuracy } from '#domain/monitoring/statistics/estimated-accuracy.ts';
import { judgeEstimate } from './judge-outcomes.ts';
import type { Reference } from './reference.ts';

/** The accuracy that the scores of a window speak for; undefined where no score was told. */
export function estimateOf(
  { profile }: Reference,
  { scores }: Seen,
  policy: MonitoringPolicy,
  overdispersion: number,
): NonNullable<DriftReport['accuracy']>['estimated'] {
  const known = profile.predictions?.kind === 'classes' ? profile.predictions.scores : undefined;
  const rows = scores ? scores.counts.reduce((sum, count) => sum + count, 0) : 0;
  if (!known || !scores || rows === 0) return undefined;
  const estimate = estimateAccuracy(known, scores, overdispersion);
  return {
    ...judgeEstimate(estimate, rows, policy),
    rows,
    now: estimate.accuracy,
    reference: estimate.reference,
  };
}
