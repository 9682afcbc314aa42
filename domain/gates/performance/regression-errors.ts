import { requireFinite } from './finite.ts';

export interface RegressionErrors {
  readonly rmse: number;
  readonly mae: number;
  /** Share of the variance explained; undefined when the target never varies. */
  readonly r2?: number;
}

/** @throws RangeError without rows, when the lengths differ, or on a value that is not finite */
export function regressionErrors(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
): RegressionErrors {
  requireFinite(truth, 'truth');
  requireFinite(predicted, 'predicted');
  const rows = truth.length;
  if (rows === 0 || predicted.length !== rows) {
    throw new RangeError(`got ${predicted.length} predictions for ${rows} rows; expected as many`);
  }
  let total = 0;
  for (let i = 0; i < rows; i++) total += truth[i] as number;
  const mean = total / rows;
  let squares = 0;
  let absolutes = 0;
  let variation = 0;
  for (let i = 0; i < rows; i++) {
    const actual = truth[i] as number;
    const error = (predicted[i] as number) - actual;
    squares += error ** 2;
    absolutes += Math.abs(error);
    variation += (actual - mean) ** 2;
  }
  return {
    rmse: Math.sqrt(squares / rows),
    mae: absolutes / rows,
    ...(variation > 0 ? { r2: 1 - squares / variation } : {}),
  };
}
