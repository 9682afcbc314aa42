import type { FeatureColumn } from './feature-columns.ts';
import { quantile } from './quantile.ts';
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
 * so that ties share a bin; NaN is missing.
 */
export function numericDistribution(values: ArrayLike<number>): Distribution {
  const known = knownAscending(values);
  const missing = values.length - known.length;
  const { length } = known;
  if (length === 0) return { kind: 'empty', missing };
  const edges = quantileEdges(known);
  const counts = new Array<number>(edges.length + 1).fill(0);
  const endSums: [number, number] = [0, 0];
  let [bin, sum] = [0, 0];
  for (let i = 0; i < length; i++) {
    const value = known[i] as number;
    while (bin < edges.length && (edges[bin] as number) < value) bin++;
    counts[bin] = (counts[bin] as number) + 1;
    sum += value;
    if (bin === 0) endSums[0] += value;
    if (bin === edges.length) endSums[1] += value;
  }
  const mean = sum / length;
  let squares = 0;
  for (let i = 0; i < length; i++) squares += ((known[i] as number) - mean) ** 2;
  return {
    kind: 'numeric',
    edges,
    counts,
    missing,
    min: known[0] as number,
    max: known[length - 1] as number,
    mean: finite(mean),
    standardDeviation: finite(Math.sqrt(squares / length)),
    endSums: [finite(endSums[0]), finite(endSums[1])],
  };
}

/** Sorting puts NaN last. */
function knownAscending(values: ArrayLike<number>): Float64Array {
  const sorted = new Float64Array(values).sort();
  let { length } = sorted;
  while (length > 0 && Number.isNaN(sorted[length - 1])) length--;
  return sorted.subarray(0, length);
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
