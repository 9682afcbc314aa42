import { argmax } from './calibration.ts';
import { firstNonFinite } from './finite.ts';
import type { Measured } from './measured.ts';
import type { OutputPlan } from './output-roles.ts';

/** What a model answered for every row: `width` values a row, row by row. */
export interface OutputColumn {
  readonly name: string;
  readonly width: number;
  readonly values: Float64Array | readonly string[];
}

export type Predictions =
  | {
      readonly kind: 'classes';
      /** Class index per row; -1 where the model named none of the declared labels. */
      readonly predicted: Int32Array;
      /** Rows × classes, row by row. */
      readonly probabilities?: Float64Array;
      /** Why there are no probabilities. */
      readonly uncalibrated?: string;
    }
  | { readonly kind: 'values'; readonly values: Float64Array };

/** Sums of half-precision softmax rows stray this far from 1. */
const SUM_TOLERANCE = 1e-2;

/**
 * Reads answers as the plan says. NaN or an infinity fails the version, whatever its other rows.
 * Classes come from the label output, else from the greatest score, the lowest index among
 * equals. A single score of two classes is the probability of the second.
 */
export function readPredictions(
  plan: OutputPlan,
  outputs: readonly OutputColumn[],
): Measured<Predictions> {
  for (const { name, width, values } of outputs) {
    const bad = isNumeric(values) ? firstNonFinite(values) : -1;
    if (bad >= 0) {
      return fail(
        `output ${name} is ${values[bad]} at row ${Math.floor(bad / width) + 1}; expected a finite number: look for a division by zero, a logarithm or an overflow in the graph`,
      );
    }
  }
  return plan.kind === 'values' ? readValues(plan.output, outputs) : readClasses(plan, outputs);
}

function readValues(name: string, outputs: readonly OutputColumn[]): Measured<Predictions> {
  const output = outputs.find((one) => one.name === name);
  if (output?.width !== 1 || !isNumeric(output.values)) {
    return fail(`output ${name} gave ${describe(output)}; expected one number a row`);
  }
  return { ok: true, value: { kind: 'values', values: output.values } };
}

function readClasses(
  plan: Extract<OutputPlan, { kind: 'classes' }>,
  outputs: readonly OutputColumn[],
): Measured<Predictions> {
  const label = plan.label && outputs.find((one) => one.name === plan.label?.output);
  const scored = plan.probabilities && outputs.find((o) => o.name === plan.probabilities?.output);
  if (plan.label && label?.width !== 1) {
    return fail(`output ${plan.label.output} gave ${describe(label)}; expected one label a row`);
  }
  const scores = scored ? readScores(scored, plan.classes.length) : undefined;
  if (scores && !scores.ok) return scores;
  const named = label && plan.label && readLabels(label, plan.classes, plan.label.by);
  const matrix = scores?.value;
  const off = matrix && firstImprobable(matrix, plan.classes.length);
  const uncalibrated = matrix
    ? off && `output ${scored?.name} holds no probabilities: ${off}; add a Sigmoid or Softmax`
    : "the model gives no probabilities; add an output with role 'probabilities'";
  if (!named && uncalibrated && scored?.width === 1) {
    return { ok: false, verdict: 'inconclusive', reason: `${uncalibrated}, or declare a label` };
  }
  return {
    ok: true,
    value: {
      kind: 'classes',
      predicted: named ?? greatest(matrix ?? new Float64Array(), plan.classes.length),
      ...(uncalibrated ? { uncalibrated } : matrix ? { probabilities: matrix } : {}),
    },
  };
}

/** Rows × classes; a single score p of two classes becomes 1 - p and p. */
function readScores(output: OutputColumn, classes: number): Measured<Float64Array> {
  const { name, width, values } = output;
  if (!isNumeric(values) || !(width === classes || (width === 1 && classes === 2))) {
    return fail(`output ${name} gave ${describe(output)}; expected ${classes} scores a row`);
  }
  if (width === classes) return { ok: true, value: values };
  const both = new Float64Array(2 * values.length);
  values.forEach((p, row) => {
    both[2 * row] = 1 - p;
    both[2 * row + 1] = p;
  });
  return { ok: true, value: both };
}

function readLabels(
  { values }: OutputColumn,
  classes: readonly string[],
  by: 'index' | 'text',
): Int32Array {
  const known = new Map(classes.map((text, index) => [text, index]));
  return Int32Array.from(values as ArrayLike<string | number>, (value) =>
    by === 'text'
      ? (known.get(String(value)) ?? -1)
      : Number.isInteger(value) && Number(value) >= 0 && Number(value) < classes.length
        ? Number(value)
        : -1,
  );
}

const greatest = (matrix: Float64Array, classes: number): Int32Array =>
  Int32Array.from({ length: matrix.length / classes }, (_, row) =>
    argmax(matrix.subarray(row * classes, (row + 1) * classes)),
  );

function firstImprobable(matrix: Float64Array, classes: number): string | undefined {
  for (let row = 0; row * classes < matrix.length; row++) {
    const of = matrix.subarray(row * classes, (row + 1) * classes);
    const outside = of.find((p) => p < 0 || p > 1);
    if (outside !== undefined) return `row ${row + 1} has ${outside}`;
    const sum = of.reduce((total, p) => total + p, 0);
    if (Math.abs(sum - 1) > SUM_TOLERANCE) return `row ${row + 1} sums to ${sum}`;
  }
  return undefined;
}

const isNumeric = (values: Float64Array | readonly string[]): values is Float64Array =>
  values instanceof Float64Array;

const describe = (output: OutputColumn | undefined): string =>
  output ? `${output.width} ${isNumeric(output.values) ? 'numbers' : 'texts'} a row` : 'no answer';

const fail = (reason: string): Measured<never> => ({ ok: false, verdict: 'fail', reason });
