import { classScores } from '#domain/gates/performance/class-scores.ts';
import type { Predictions } from '#domain/gates/performance/predictions.ts';
import type { Truth } from '#domain/gates/performance/quality.ts';
import { regressionErrors } from '#domain/gates/performance/regression-errors.ts';

/**
 * How wrong answers are, without a unit: 1 - accuracy of classes, RMSE over the target's
 * standard deviation of numbers (1 is what the mean would do; a target that never varies counts
 * as if it varied by 1).
 *
 * @throws RangeError when answers and truth differ in kind or length
 */
export function lossOf(truth: Truth, answers: Predictions): number {
  if (truth.kind === 'classes' && answers.kind === 'classes') {
    return 1 - classScores(truth.indexes, answers.predicted, 'macro').accuracy;
  }
  if (truth.kind === 'values' && answers.kind === 'values') {
    return regressionErrors(truth.values, answers.values).rmse / (spread(truth.values) || 1);
  }
  throw new RangeError(`the target holds ${truth.kind}, the model answers ${answers.kind}`);
}

/** Population standard deviation. */
export function spread(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0));
}
