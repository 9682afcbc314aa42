import { quantile } from '#domain/gates/performance/quantile.ts';

/** A 95th percentile and its interval; an end is missing where too few samples bound it. */
export interface P95Interval {
  readonly p95: number;
  readonly low?: number;
  readonly high?: number;
}

const SHARE_ABOVE = 0.05;
/** Two-sided 95 %: 2.5 % beyond either end. */
const TAIL = 0.025;

/**
 * The 95th percentile by nearest rank, and its distribution-free interval between two samples
 * (David and Nagaraja, Order Statistics, 3rd ed., 7.1): how many samples lie above the true
 * percentile is binomial. The upper end exists from 72 samples on, the lower from 2.
 *
 * @param samples at least one, in any order; taken for independent
 * @throws RangeError without samples
 */
export function p95Interval(samples: readonly number[]): P95Interval {
  const ascending = Float64Array.from(samples).sort();
  const { length } = ascending;
  const cdf = cumulativeAbove(length);
  // The fewest samples above the percentile, and the most, that are not too rare.
  const fewest = cdf.findIndex((probability) => probability > TAIL);
  const most = cdf.findIndex((probability) => 1 - probability <= TAIL);
  const low = ascending[length - 1 - most];
  const high = ascending[length - fewest];
  return {
    p95: quantile(ascending, 0.95),
    ...(low !== undefined && { low }),
    ...(high !== undefined && { high }),
  };
}

/** P(J ≤ j) for j = 0, 1, … of J ~ Binomial(n, 0.05), until nothing worth counting is left. */
function cumulativeAbove(n: number): readonly number[] {
  const cumulative: number[] = [];
  let log = n * Math.log1p(-SHARE_ABOVE);
  let sum = 0;
  for (let j = 0; j <= n; j++) {
    sum += Math.exp(log);
    cumulative.push(Math.min(sum, 1));
    if (1 - sum <= TAIL / 2) break;
    log += Math.log(((n - j) / (j + 1)) * (SHARE_ABOVE / (1 - SHARE_ABOVE)));
  }
  return cumulative;
}
