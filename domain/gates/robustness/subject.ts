import type { EvaluationSet } from '#domain/gates/evaluation-set.ts';
import type { Feed } from '#domain/gates/feed.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Predictions } from '#domain/gates/performance/predictions.ts';
import type { Truth } from '#domain/gates/performance/quality.ts';
import { drawn } from '#domain/gates/random.ts';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import { encode } from './encode.ts';
import { type Columns, type Feature, featuresOf } from './features.ts';

/** Answers a model's predictions for feeds of that many rows. */
export type Ask = (feeds: readonly Feed[], rows: number) => Promise<Measured<Predictions>>;

/** Rows of an evaluation set, and a model that answers what becomes of them. */
export interface Subject {
  readonly features: readonly Feature[];
  readonly columns: Columns;
  readonly truth: Truth;
  readonly rows: number;
  /** The model's answers to columns, in the order of `features`. */
  readonly answer: (columns: Columns) => Promise<Measured<Predictions>>;
}

/** A subject with at most `limit` rows of the set, drawn by `random`. */
export function subjectOf(
  schema: IoSchema,
  set: EvaluationSet,
  ask: Ask,
  limit: number,
  random: () => number,
): Subject {
  const { features, columns } = featuresOf(schema, set);
  const all: Subject = {
    features,
    columns,
    truth: set.truth,
    rows: set.rows,
    answer: (changed) => ask(encode(set.feeds, features, changed), changed[0]?.length ?? 0),
  };
  return ofRows(all, drawn(set.rows, limit, random));
}

/** The subject with these rows alone, in this order. */
export function ofRows(subject: Subject, rows: readonly number[]): Subject {
  const { columns, truth } = subject;
  const pick = (values: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => values[row] as number);
  return {
    ...subject,
    rows: rows.length,
    columns: columns.map(pick),
    truth:
      truth.kind === 'values'
        ? { ...truth, values: pick(truth.values) }
        : { ...truth, indexes: Int32Array.from(rows, (row) => truth.indexes[row] as number) },
  };
}

/** The columns with one of them the same in every row. */
export const withConstant = (columns: Columns, at: number, value: number): Columns =>
  columns.map((values, i) => (i === at ? new Float64Array(values.length).fill(value) : values));
