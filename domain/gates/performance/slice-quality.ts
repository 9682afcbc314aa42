import type { Measured } from './measured.ts';
import type { Task } from './output-roles.ts';
import type { Predictions } from './predictions.ts';
import { measureQuality, type Quality, type Truth } from './quality.ts';
import type { Slice } from './slices.ts';

/** What a model answered and what was right, row for row. */
export interface Answers {
  readonly truth: Truth;
  readonly predictions: Predictions;
}

/** Every metric of one model on some of the rows. */
export const sliceQuality = (
  task: Task,
  { truth, predictions }: Answers,
  { rows }: Slice,
): Measured<Quality> =>
  measureQuality(task, truthOf(truth, rows), predictionsOf(predictions, rows));

function truthOf(truth: Truth, rows: readonly number[]): Truth {
  return truth.kind === 'classes'
    ? { ...truth, indexes: Int32Array.from(rows, (row) => truth.indexes[row] as number) }
    : { ...truth, values: Float64Array.from(rows, (row) => truth.values[row] as number) };
}

function predictionsOf(predictions: Predictions, rows: readonly number[]): Predictions {
  if (predictions.kind === 'values') {
    const values = Float64Array.from(rows, (row) => predictions.values[row] as number);
    return { kind: 'values', values };
  }
  const { predicted, probabilities, ...rest } = predictions;
  const classes = probabilities ? probabilities.length / predicted.length : 0;
  return {
    ...rest,
    predicted: Int32Array.from(rows, (row) => predicted[row] as number),
    ...(probabilities && {
      probabilities: Float64Array.from({ length: rows.length * classes }, (_, cell) => {
        const row = rows[Math.floor(cell / classes)] as number;
        return probabilities[row * classes + (cell % classes)] as number;
      }),
    }),
  };
}
