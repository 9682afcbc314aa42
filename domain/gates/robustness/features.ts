import type { EvaluationSet } from '#domain/gates/evaluation-set.ts';
import type { Feed } from '#domain/gates/feed.ts';
import { fromHalf } from '#domain/gates/half.ts';
import { quantile } from '#domain/gates/performance/quantile.ts';
import type { IoSchema } from '#domain/registry/io-schema.ts';

/**
 * One value a row that a model takes. `number` moves freely and `whole` in whole steps; a
 * `category` only takes values that occur: texts, booleans and numbers with two values or one.
 */
export interface Feature {
  readonly name: string;
  readonly kind: 'number' | 'whole' | 'category';
  /** Position among the feeds, and within a row of that feed. */
  readonly input: number;
  readonly offset: number;
  /** Texts in the order of their codes; other features hold their own values. */
  readonly texts?: readonly string[];
  /** Of the values that are not NaN; population standard deviation. */
  readonly sd: number;
  readonly sorted: Float64Array;
  /** Median, or for a category its most frequent value, the least among equals. */
  readonly typical: number;
  /** The input holds NaN in some row, which shows that the model takes missing values. */
  readonly takesNaN: boolean;
}

/** Values of each feature, row by row: a category of texts by code. */
export type Columns = readonly Float64Array[];

export interface FeatureRows {
  readonly features: readonly Feature[];
  readonly columns: Columns;
}

/** Every value that an evaluation set feeds, as numbers, with what the set says of it. */
export function featuresOf(schema: IoSchema, { feeds, rows }: EvaluationSet): FeatureRows {
  const read = feeds.flatMap((feed, input) => {
    const names = schema.inputs.find(({ name }) => name === feed.name)?.features ?? [feed.name];
    const columns = names.map((name, offset) => ({
      name,
      offset,
      ...columnOf(feed, offset, rows),
    }));
    const takesNaN = columns.some(({ values }) => values.some(Number.isNaN));
    return columns.map(({ name, offset, values, texts }) => ({
      values,
      feature: described({ name, input, offset, takesNaN, ...(texts && { texts }) }, feed, values),
    }));
  });
  return {
    features: read.map(({ feature }) => feature),
    columns: read.map(({ values }) => values),
  };
}

function columnOf(
  { data, datatype, width }: Feed,
  offset: number,
  rows: number,
): { values: Float64Array; texts?: readonly string[] } {
  const at = (row: number) => data[row * width + offset];
  if (Array.isArray(data)) {
    const texts = [...new Set(Array.from({ length: rows }, (_, row) => String(at(row))))].sort();
    const codes = new Map(texts.map((text, code) => [text, code]));
    const code = (row: number): number => codes.get(String(at(row))) ?? 0;
    return { values: Float64Array.from({ length: rows }, (_, row) => code(row)), texts };
  }
  const read = datatype === 'FP16' ? fromHalf : (value: number) => value;
  return { values: Float64Array.from({ length: rows }, (_, row) => read(Number(at(row)))) };
}

function described(
  place: Pick<Feature, 'name' | 'input' | 'offset' | 'texts' | 'takesNaN'>,
  { datatype }: Feed,
  values: Float64Array,
): Feature {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const category = place.texts || datatype === 'BOOL' || distinctBelow(sorted, 3);
  const kind = category ? 'category' : datatype.startsWith('FP') ? 'number' : 'whole';
  const mean = sorted.reduce((sum, value) => sum + value / sorted.length, 0);
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2 / sorted.length, 0);
  const typical =
    sorted.length === 0 ? 0 : kind === 'category' ? mostFrequent(sorted) : quantile(sorted, 0.5);
  return { ...place, kind, sorted, sd: Math.sqrt(variance), typical };
}

const distinctBelow = (sorted: Float64Array, limit: number): boolean => {
  const seen = new Set<number>();
  for (const value of sorted) if (seen.add(value).size >= limit) return false;
  return true;
};

function mostFrequent(sorted: Float64Array): number {
  const counts = new Map<number, number>();
  for (const value of sorted) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

/** A value moved by so much; a whole number stays among those that occur, as it may be an index. */
export function shifted({ kind, sorted }: Feature, value: number, by: number): number {
  if (kind !== 'whole') return value + by;
  const moved = Math.round(value + by);
  return Math.min(Math.max(moved, sorted[0] as number), sorted.at(-1) as number);
}
