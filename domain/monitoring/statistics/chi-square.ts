import { normalQuantile } from '#domain/gates/performance/normal-quantile.ts';
import { gammaQ } from './gamma-q.ts';

export interface ChiSquare {
  readonly statistic: number;
  readonly dof: number;
  readonly p: number;
}

/** Chance of a χ² of `dof` degrees at or above `x`. */
export const chiSquareTail = (x: number, dof: number): number => gammaQ(dof / 2, x / 2);

/**
 * What a χ² of `dof` degrees exceeds with probability `tail`: Wilson and Hilferty's approximation
 * (1931), mended by Newton's steps on ln Q.
 *
 * @throws RangeError unless 0 < tail < 1
 */
export function chiSquareQuantile(tail: number, dof: number): number {
  const known = KNOWN.get(dof);
  if (known?.tail === tail) return known.x;
  const x = solved(tail, dof);
  KNOWN.set(dof, { tail, x });
  return x;
}

/** The latest of each degree: all features of a check ask for the same. */
const KNOWN = new Map<number, { readonly tail: number; readonly x: number }>();

function solved(tail: number, dof: number): number {
  const spread = 2 / (9 * dof);
  const cube = 1 - spread - normalQuantile(tail) * Math.sqrt(spread);
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  let x = dof * Math.max(cube, 0.01) ** 3;
  for (let step = 0; step < 200; step++) {
    const q = chiSquareTail(x, dof);
    if (q > tail) low = x;
    else high = x;
    const slope = logSlope(x, dof, q);
    const newton = x + Math.log(q / tail) / slope;
    const inside = newton > low && newton < high;
    const next = inside ? newton : high === Number.POSITIVE_INFINITY ? 2 * x : (low + high) / 2;
    if (Math.abs(next - x) <= 4 * Number.EPSILON * x) return next;
    x = next;
  }
  return x;
}

/** −d ln Q / dx, by a central difference: a slope this rough costs a step, not precision. */
function logSlope(x: number, dof: number, q: number): number {
  const h = 1e-6 * x;
  return (chiSquareTail(x - h, dof) - chiSquareTail(x + h, dof)) / (2 * h * q);
}

/**
 * Pearson's test that two rows of counts are of one distribution: columns without any are dropped,
 * and a single degree of freedom is corrected for continuity (Yates), as scipy's
 * `chi2_contingency` does.
 *
 * @throws RangeError when a row is empty, or the rows are of different lengths
 */
export function chiSquareTest(one: ArrayLike<number>, other: ArrayLike<number>): ChiSquare {
  const [m, n] = [totalOf(one), totalOf(other)];
  if (one.length !== other.length || !(m > 0 && n > 0)) {
    throw new RangeError(
      `got ${m} and ${n} rows in ${one.length} and ${other.length} columns; expected rows in both, and the same columns`,
    );
  }
  let columns = 0;
  for (let i = 0; i < one.length; i++) if ((one[i] ?? 0) + (other[i] ?? 0) > 0) columns++;
  const dof = columns - 1;
  if (dof === 0) return { statistic: 0, dof, p: 1 };
  let statistic = 0;
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [one[i] as number, other[i] as number];
    if (a + b === 0) continue;
    // Both rows are off by the same number of rows.
    const expected = ((a + b) * m) / (m + n);
    const off = Math.abs(a - expected);
    const corrected = dof === 1 ? off - Math.min(0.5, off) : off;
    statistic += corrected * corrected * (1 / expected + 1 / (a + b - expected));
  }
  return { statistic, dof, p: chiSquareTail(statistic, dof) };
}

export function totalOf(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i] as number;
  return sum;
}
