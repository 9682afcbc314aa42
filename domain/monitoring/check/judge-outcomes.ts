import type { Level, MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { chiSquareQuantile } from '#domain/monitoring/statistics/chi-square.ts';
import type { EstimatedAccuracy } from '#domain/monitoring/statistics/estimated-accuracy.ts';
import { levelOf, NO_RATIOS, type Ratios, ratiosOf } from '#domain/monitoring/statistics/levels.ts';
import type { Moments } from '#domain/rollout/observation.ts';

export interface DropVerdict {
  readonly outcome: 'STABLE' | 'DRIFT' | 'INSUFFICIENT_DATA';
  readonly level?: Level;
  readonly ratios: Ratios;
  /** By how much the mean fell; negative where it rose. */
  readonly drop: number;
  /** What it stays below by chance. */
  readonly chance: number;
}

type Settings = Pick<
  MonitoringPolicy,
  'samplesMin' | 'alpha' | 'accuracyDrop' | 'accuracyRatioMin'
>;

/**
 * Whether measured outcomes (1 for a right answer, or any score of which more is better) are worse
 * than the reference's: by the policy's drop, and by more than chance explains.
 */
export function judgeOutcomes(
  reference: Moments,
  current: Moments,
  policy: Settings,
  overdispersion = 1,
): DropVerdict {
  const variance = (of: Moments): number => (of.count > 1 ? of.m2 / (of.count - 1) / of.count : 0);
  const standardError = Math.sqrt(variance(reference) + overdispersion * variance(current));
  const drop = reference.mean - current.mean;
  const isKnown = current.count >= policy.samplesMin && reference.count > 1;
  return judgeDrop(drop, reference.mean, standardError, isKnown, policy);
}

/** The same of an accuracy that was estimated without labels. */
export const judgeEstimate = (
  { accuracy, reference, standardError }: EstimatedAccuracy,
  rows: number,
  policy: Settings,
): DropVerdict =>
  judgeDrop(reference - accuracy, reference, standardError, rows >= policy.samplesMin, policy);

function judgeDrop(
  drop: number,
  reference: number,
  standardError: number,
  isKnown: boolean,
  { alpha, accuracyDrop, accuracyRatioMin }: Settings,
): DropVerdict {
  // One-sided: twice the level of the two-sided quantile.
  const chance = standardError * Math.sqrt(chiSquareQuantile(Math.min(0.999, 2 * alpha), 1));
  if (!isKnown) return { outcome: 'INSUFFICIENT_DATA', ratios: NO_RATIOS, drop, chance };
  const pages = (1 - accuracyRatioMin) * reference;
  const page = pages > 0 ? Math.min(accuracyDrop.page, pages) : accuracyDrop.page;
  const ladder = {
    ...accuracyDrop,
    warn: Math.min(accuracyDrop.warn, page),
    retrain: Math.min(accuracyDrop.retrain, page),
    page,
  };
  const ratios = ratiosOf(Math.max(0, drop), ladder, chance);
  const level = levelOf(ratios);
  return { outcome: level ? 'DRIFT' : 'STABLE', ...(level && { level }), ratios, drop, chance };
}
