import type { PredictionProfile } from '#domain/gates/performance/reference-profile.ts';
import type { Moments } from '#domain/rollout/observation.ts';

/** How the version did on its judging rows, in the unit that late labels are judged in. */
export interface ReferenceScore {
  readonly moments: Moments;
  /** What a row's score is divided by: 1 of classes, the truth's standard deviation of numbers. */
  readonly unit: number;
}

/**
 * The scores of the judging rows: 1 for a right class; of numbers, minus the absolute error in
 * standard deviations of the truth, so that one ladder of drops does for all.
 *
 * @returns undefined where the profile has none, and nothing that they follow from
 */
export function referenceScore(predictions: PredictionProfile): ReferenceScore | undefined {
  if (predictions.kind === 'values') {
    const unit = predictions.truth.kind === 'numeric' ? predictions.truth.standardDeviation : 0;
    const { score } = predictions;
    if (!score || !(unit > 0)) return undefined;
    const { rows, mean, m2 } = score;
    return { moments: { count: rows, mean: mean / unit, m2: m2 / unit ** 2 }, unit };
  }
  if (predictions.score) {
    const { rows, mean, m2 } = predictions.score;
    return { moments: { count: rows, mean, m2 }, unit: 1 };
  }
  const { scores } = predictions;
  if (scores?.of !== 'answered-class') return undefined;
  // Each row's answer came true or did not.
  const [rows, hits] = [total(scores.counts), total(scores.hits)];
  return rows > 0
    ? { moments: { count: rows, mean: hits / rows, m2: (hits * (rows - hits)) / rows }, unit: 1 }
    : undefined;
}

const total = (counts: readonly number[]): number => counts.reduce((sum, one) => sum + one, 0);
