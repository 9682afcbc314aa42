import { BinFinder } from '#domain/gates/ordering/bin-finder.ts';
import { normalQuantile } from './normal-quantile.ts';

/**
 * Population stability index Σ (q − p) ln(q / p) of counts over the same bins, each share smoothed
 * by half a row a bin (Jeffreys), so that an empty bin does not make it infinite.
 */
export function stabilityIndex(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  const bins = expected.length;
  if (actual.length !== bins) throw new RangeError(`got ${actual.length} bins; expected ${bins}`);
  let [m, n] = [bins / 2, bins / 2];
  for (let bin = 0; bin < bins; bin++) {
    m += expected[bin] as number;
    n += actual[bin] as number;
  }
  let sum = 0;
  for (let bin = 0; bin < bins; bin++) {
    const p = ((expected[bin] as number) + 0.5) / m;
    const q = ((actual[bin] as number) + 0.5) / n;
    sum += (q - p) * Math.log(q / p);
  }
  return sum;
}

/**
 * What the index stays below by chance with probability 1 − alpha, when both samples are of one
 * distribution: χ² of bins − 1 degrees times 1/m + 1/n (Yurdakul and Naranjo 2020); the quantile
 * after Wilson and Hilferty (1931), within 5 % from 3 degrees on.
 */
export function stabilityByChance(bins: number, m: number, n: number, alpha: number): number {
  const degrees = Math.max(1, bins - 1);
  const spread = 2 / (9 * degrees);
  const chiSquare = degrees * (1 - spread + normalQuantile(1 - alpha) * Math.sqrt(spread)) ** 3;
  return chiSquare * (1 / m + 1 / n);
}

/** Counts numbers over given bins; NaN is in none. */
export function countInto(edges: readonly number[], values: Iterable<number>): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  const finder = new BinFinder(edges);
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    const bin = finder.binOf(value);
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}
