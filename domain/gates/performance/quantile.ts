import { requireFinite } from './finite.ts';

/** Milliseconds of single-row calls, and how many there were. */
export interface LatencyQuantiles {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/**
 * The quantile by nearest rank: the smallest sample that at least the share `q` of all samples
 * does not exceed (Hyndman and Fan's type 1, numpy's `inverted_cdf`), so always a value that occurred.
 *
 * @param ascending sorted samples, at least one
 * @throws RangeError without samples
 */
export function quantile(ascending: ArrayLike<number>, q: number): number {
  const value = ascending[rankOf(q, ascending.length)];
  if (value === undefined) throw new RangeError('a quantile needs at least one sample');
  return value;
}

/** Where the quantile stands among so many, from 0. */
export const rankOf = (q: number, length: number): number => Math.max(0, Math.ceil(q * length) - 1);

/** @throws RangeError without samples, or on one that is not finite */
export function latencyQuantiles(samplesMs: ArrayLike<number>): LatencyQuantiles {
  requireFinite(samplesMs, 'samplesMs');
  const ascending = Float64Array.from(samplesMs).sort();
  return {
    calls: ascending.length,
    p50Ms: quantile(ascending, 0.5),
    p95Ms: quantile(ascending, 0.95),
    p99Ms: quantile(ascending, 0.99),
  };
}
