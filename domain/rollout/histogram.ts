import type { Histogram } from './observation.ts';

/** A bucket's upper edge over its lower one: no quantile read from buckets is off by more. */
export const BUCKET_RATIO = 1.02;
const LN_RATIO = Math.log(BUCKET_RATIO);
const SHORTEST_MS = 0.001;

/** The bucket of a latency in milliseconds; all below a microsecond share one. */
export const bucketOf = (ms: number): number =>
  Math.floor(Math.log(Math.max(ms, SHORTEST_MS)) / LN_RATIO);

/** Where a bucket ends, in milliseconds. */
export const upperEdgeMs = (bucket: number): number => BUCKET_RATIO ** (bucket + 1);

export const total = (histogram: Histogram): number =>
  histogram.reduce((sum, [, count]) => sum + count, 0);

/** How many lie above a bucket. */
export const above = (histogram: Histogram, bucket: number): number =>
  histogram.reduce((sum, [at, count]) => (at > bucket ? sum + count : sum), 0);

/** Both together, ascending. */
export function merged(one: Histogram, other: Histogram): Histogram {
  const counts = new Map(one.map(([bucket, count]) => [bucket, count]));
  for (const [bucket, count] of other) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  return [...counts].sort(([a], [b]) => a - b);
}

/**
 * The bucket that holds the nearest-rank quantile.
 *
 * @throws RangeError when the histogram is empty
 */
export function quantileBucket(histogram: Histogram, quantile: number): number {
  let below = Math.max(1, Math.ceil(quantile * total(histogram)));
  for (const [bucket, count] of histogram.toSorted(([a], [b]) => a - b)) {
    below -= count;
    if (below <= 0) return bucket;
  }
  throw new RangeError('got an empty histogram; expected at least one latency');
}

/** Buckets that a latency must climb to be surely slower by `ratio`. */
export const bucketsFor = (ratio: number): number =>
  Math.max(0, Math.ceil(Math.log(ratio) / LN_RATIO - 1e-9));
