import { atRanks } from '#domain/gates/ordering/at-ranks.ts';
import { known } from '#domain/gates/ordering/known.ts';
import type { FeatureColumn } from './feature-columns.ts';
import { quantile, rankOf } from './quantile.ts';
import {
  BINS,
  CATEGORIES,
  type CategoricalProfile,
  type Distribution,
} from './reference-profile.ts';

export const distributionOf = (column: FeatureColumn): Distribution =>
  column.kind === 'numeric'
    ? numericDistribution(column.values)
    : categoricalDistribution(column.values);

/**
 * Cuts numbers at their 60-quantiles by nearest rank (numpy's `inverted_cdf`), equal edges once,
 * so that ties share a bin; NaN is missing. Sums are in the order of the rows.
 */
export function numericDistribution(values: ArrayLike<number>): Distribution {
  const rows = known(values);
  const missing = values.length - rows.length;
  const { length } = rows;
  if (length === 0) return { kind: 'empty', missing };
  const ranks = Array.from({ length: BINS - 1 }, (_, k) => rankOf((k + 1) / BINS, length));
  const upTo = new Map(atRanks(rows, ranks).map(({ value, atMost }) => [value, atMost]));
  const edges = [...upTo.keys()];
  const starts = [0, ...upTo.values()];
  const { min, max, sum, endSums } = rangeAndSums(rows, edges);
  const mean = sum / length;
  return {
    kind: 'numeric',
    edges,
    counts: starts.map((start, bin) => (starts[bin + 1] ?? length) - start),
    missing,
    min,
    max,
    mean: finite(mean),
    standardDeviation: finite(Math.sqrt(squaresAround(mean, rows) / length)),
    endSums: [finite(endSums[0]), finite(endSums[1])],
  };
}

function rangeAndSums(rows: Float64Array, edges: readonly number[]) {
  const [first, last] = [edges[0] as number, edges.at(-1) as number];
  let [min, max] = [first, last];
  let [sum, lowest, highest] = [0, 0, 0];
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i] as number;
    sum += value;
    if (value <= first) {
      lowest += value;
      if (value < min) min = value;
    }
    if (value > last) {
      highest += value;
      if (value > max) max = value;
    }
  }
  return { min, max, sum, endSums: [lowest, highest] as const };
}

function squaresAround(mean: number, rows: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < rows.length; i++) squares += ((rows[i] as number) - mean) ** 2;
  return squares;
}

/** JSON has no infinity: sums beyond a double stop at its end. */
export const finite = (value: number): number =>
  Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));

/** @param ascending sorted, at least one */
export const quantileEdges = (ascending: Float64Array): number[] => [
  ...new Set(Array.from({ length: BINS - 1 }, (_, k) => quantile(ascending, (k + 1) / BINS))),
];

/** Index of the right-closed bin of a number. */
export function binOf(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Counts texts; the empty one is missing. */
export function categoricalDistribution(values: Iterable<string>): CategoricalProfile {
  const counts = new Map<string, number>();
  let missing = 0;
  for (const value of values) {
    if (value === '') missing++;
    else counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return rankedCategories(counts, missing);
}

/** The most frequent by name, the others together. */
export function rankedCategories(
  counts: ReadonlyMap<string, number>,
  missing: number,
): CategoricalProfile {
  const ranked = [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return {
    kind: 'categorical',
    categories: ranked.slice(0, CATEGORIES),
    other: ranked.slice(CATEGORIES).reduce((sum, { count }) => sum + count, 0),
    missing,
  };
}
