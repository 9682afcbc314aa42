import { calibration } from './calibration.ts';
import { type ClassScores, classScores } from './class-scores.ts';
import type { Measured } from './measured.ts';
import type { Task } from './output-roles.ts';
import type { Predictions } from './predictions.ts';
import { type RegressionErrors, regressionErrors } from './regression-errors.ts';
import { classRocAuc } from './roc-auc.ts';

/** What the target column says of each row. */
export type Truth =
  | {
      readonly kind: 'classes';
      readonly indexes: Int32Array;
      /** Labels in the order of the scores. */
      readonly classes: readonly string[];
    }
  | { readonly kind: 'values'; readonly values: Float64Array };

export interface ClassificationQuality extends ClassScores {
  readonly task: Exclude<Task, 'regression'>;
  readonly rows: number;
  /** Undefined when the evaluation set lacks a class, or the model gives no probabilities. */
  readonly rocAuc?: number;
  readonly ece?: number;
  readonly brier?: number;
  readonly logLoss?: number;
  /** Why there is no ECE. */
  readonly uncalibrated?: string;
}

interface RegressionQuality extends RegressionErrors {
  readonly task: 'regression';
  readonly rows: number;
}

export type Quality = ClassificationQuality | RegressionQuality;

/** Every metric of one model on one evaluation set: binary scores of class 1, macro of more. */
export function measureQuality(
  task: Task,
  truth: Truth,
  predictions: Predictions,
): Measured<Quality> {
  const rows = truth.kind === 'classes' ? truth.indexes.length : truth.values.length;
  const answers =
    predictions.kind === 'classes' ? predictions.predicted.length : predictions.values.length;
  if (answers !== rows) {
    return fault(`the model answered ${answers} rows of ${rows}; expected an answer for each`);
  }
  if (rows === 0) return fault('the evaluation set has no rows; add rows to it');
  if (task === 'regression' && truth.kind === 'values' && predictions.kind === 'values') {
    const errors = regressionErrors(truth.values, predictions.values);
    return { ok: true, value: { task, rows, ...errors } };
  }
  if (task === 'regression' || truth.kind !== 'classes' || predictions.kind !== 'classes') {
    return fault(
      `the task is ${task}; the target holds ${truth.kind}, the model ${predictions.kind}`,
    );
  }
  const { indexes, classes } = truth;
  const { predicted, probabilities, uncalibrated } = predictions;
  const average = task === 'binary-classification' ? 'binary' : 'macro';
  const scores = { task, rows, ...classScores(indexes, predicted, average) };
  if (!probabilities) {
    return { ok: true, value: { ...scores, ...(uncalibrated ? { uncalibrated } : {}) } };
  }
  const rocAuc = classRocAuc(indexes, probabilities, classes.length);
  return {
    ok: true,
    value: {
      ...scores,
      ...calibration(indexes, probabilities, classes.length),
      ...(rocAuc === undefined ? {} : { rocAuc }),
    },
  };
}

const fault = (reason: string): Measured<never> => ({ ok: false, verdict: 'inconclusive', reason });
