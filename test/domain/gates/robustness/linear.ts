import { readFileSync } from 'node:fs';
import { type EvaluationSet, evaluationSet } from '#domain/gates/evaluation-set.ts';
import type { Feed } from '#domain/gates/feed.ts';
import type { Predictions } from '#domain/gates/performance/predictions.ts';
import type { Ask } from '#domain/gates/robustness/subject.ts';
import type { IoSchema } from '#domain/registry/io-schema.ts';

/** Rows, a linear model, and what closed forms say of it. */
export interface Linear {
  readonly rows: readonly (readonly number[])[];
  readonly truth: readonly number[];
  readonly weights: readonly number[];
  readonly bias: number;
  readonly loss: number;
  readonly noiseDrop: number;
  readonly missingDrop: readonly number[];
}

export const TRUTH = JSON.parse(
  readFileSync(new URL('fixtures/robustness.json', import.meta.url), 'utf8'),
) as {
  readonly noiseSd: number;
  readonly stepSd: number;
  readonly classes: Linear & {
    readonly sd: readonly number[];
    readonly median: readonly number[];
    readonly flipShare: number;
    readonly medianStepSd: number;
  };
  readonly values: Linear & { readonly turningStepSd: number };
  readonly anomaly: { readonly jumps: readonly number[]; readonly indexes: readonly number[] };
};

type Task = 'binary-classification' | 'regression';

/** Rows of numbers and their truth, as an evaluation set of one FP64 input. */
export function setOf(
  rows: readonly (readonly number[])[],
  truth: readonly (number | string)[],
  task: Task = 'binary-classification',
): { readonly schema: IoSchema; readonly set: EvaluationSet } {
  const features = (rows[0] ?? []).map((_, i) => `f${i}`);
  const schema: IoSchema = {
    inputs: [{ name: 'x', datatype: 'FP64', shape: [-1, features.length], features }],
    outputs:
      task === 'regression'
        ? [{ name: 'y', datatype: 'FP64', shape: [-1, 1], role: 'value' }]
        : [{ name: 'y', datatype: 'INT64', shape: [-1], role: 'label' }],
  };
  const table = {
    header: [...features, 'target'],
    rows: rows.map((row, i) => [...row, truth[i] ?? ''].map(String)),
  };
  const made = evaluationSet(schema, { target: 'target', task }, table);
  if (!made.ok) throw new Error(made.reason);
  return { schema, set: made.value };
}

/** Rows of the first feed. */
function rowsOf([feed]: readonly Feed[], rows: number): number[][] {
  const { data, width } = feed ?? { data: new Float64Array(), width: 0 };
  const values = Float64Array.from(data as Float64Array);
  return Array.from({ length: rows }, (_, row) => [
    ...values.subarray(row * width, (row + 1) * width),
  ]);
}

/** Answers by a rule of one row: a class with or without its probability, or a number. */
export const answering =
  (
    answer: (row: readonly number[]) => number,
    kind: 'labels' | 'scores' | 'values' = 'labels',
  ): Ask =>
  async (feeds, rows) => {
    const said = rowsOf(feeds, rows).map(answer);
    return { ok: true, value: predictionsOf(said, kind) };
  };

function predictionsOf(said: readonly number[], kind: 'labels' | 'scores' | 'values'): Predictions {
  if (kind === 'values') return { kind, values: Float64Array.from(said) };
  const predicted = Int32Array.from(said, (score) => (score > 0.5 ? 1 : 0));
  if (kind === 'labels') return { kind: 'classes', predicted };
  const probabilities = Float64Array.from(said.flatMap((score) => [1 - score, score]));
  return { kind: 'classes', predicted, probabilities };
}

export const linear = ({ weights, bias }: Linear, row: readonly number[]): number =>
  row.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), bias);

export const sigmoid = (margin: number): number => 1 / (1 + Math.exp(-margin));
