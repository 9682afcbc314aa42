import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { normalQuantile } from '#domain/gates/performance/normal-quantile.ts';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { totalOf } from '#domain/monitoring/statistics/chi-square.ts';
import { calibrationError } from '#domain/monitoring/statistics/estimated-accuracy.ts';
import type { TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import { reachesUpTo } from './reached.ts';
import { NOTHING_FOUND, type SectionFindings } from './section.ts';

/**
 * Whether probabilities still mean what they say: their error must exceed the policy's limit, and
 * what well-calibrated ones of so few rows would show.
 */
export function judgeCalibration(
  { scored }: Pick<TruthSums, 'scored'>,
  policy: MonitoringPolicy,
  overdispersion = 1,
): SectionFindings<Pick<DriftReport, 'calibration'>> {
  const rows = totalOf(scored.counts);
  if (rows === 0) return NOTHING_FOUND;
  const error = calibrationError(scored.counts, scored.sums, scored.hits);
  const limit = Math.max(policy.eceMax, errorByChance(scored, rows, policy.alpha, overdispersion));
  const section = { error, limit, rows };
  if (rows < policy.samplesMin) {
    return {
      sections: { calibration: { outcome: 'INSUFFICIENT_DATA', ...section } },
      strands: {},
      notes: [
        `Calibration was not judged: ${rows} labelled rows told their probability, and it takes ${policy.samplesMin}.`,
      ],
    };
  }
  const outcome = error >= limit ? 'DRIFT' : 'STABLE';
  return {
    sections: { calibration: { outcome, ...section } },
    strands: { calibration: { labels: reachesUpTo('retrain', error / limit) } },
    notes: [],
  };
}

/** Mean and variance of |Z|, by which each bin's error varies: √(2/π) and 1 − 2/π deviations. */
const MEAN = Math.sqrt(2 / Math.PI);
const VARIANCE = 1 - 2 / Math.PI;

/** What the error of calibrated probabilities stays below: its bins are about normal, and independent. */
function errorByChance(
  { counts, sums }: TruthSums['scored'],
  rows: number,
  alpha: number,
  overdispersion: number,
): number {
  let [mean, variance] = [0, 0];
  counts.forEach((count, bin) => {
    if (count === 0) return;
    const p = Math.min(1, Math.max(0, (sums[bin] ?? 0) / count));
    const spread = overdispersion * count * p * (1 - p);
    mean += MEAN * Math.sqrt(spread);
    variance += VARIANCE * spread;
  });
  return (mean + normalQuantile(1 - alpha) * Math.sqrt(variance)) / rows;
}
