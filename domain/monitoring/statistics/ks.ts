import { known } from '#domain/gates/ordering/known.ts';
import { totalOf } from './chi-square.ts';
import { greatestGap } from './greatest-gap.ts';
import { kolmogorovTail } from './kolmogorov.ts';
import { greatestDivisor, pathsOutside } from './lattice-paths.ts';

/** Samples up to this are judged exactly. */
const EXACT = 10_000;

export interface KolmogorovSmirnov {
  /** Greatest distance of the two distribution functions. */
  readonly d: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * The two-sample Kolmogorov–Smirnov test; NaN is missing. Exact while neither sample is above
 * 10,000 (with ties conservative), else of round(mn / (m + n)) values, as scipy's `ks_2samp`.
 *
 * @throws RangeError when a sample has no values
 */
export function ksTest(one: ArrayLike<number>, other: ArrayLike<number>): KolmogorovSmirnov {
  const [a, b] = [known(one), known(other)];
  if (a.length === 0 || b.length === 0) {
    throw new RangeError(`got ${a.length} and ${b.length} values; expected some of both`);
  }
  const divisor = greatestDivisor(a.length, b.length);
  const [up, down] = [b.length / divisor, a.length / divisor];
  const steps = greatestGap(a, b, { up, down });
  const d = steps / (up * a.length);
  const exact = Math.max(a.length, b.length) <= EXACT;
  const p = exact ? pathsOutside(a.length, b.length, steps) : ksTail(d, a.length, b.length);
  return { d, p: Math.min(1, p) };
}

/** The asymptotic two-sided p-value of a distance. */
export const ksTail = (d: number, m: number, n: number): number =>
  kolmogorovTail(Math.max(1, roundHalfEven((m * n) / (m + n))), d);

/** Whole numbers as IEEE 754 and numpy round them. */
function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

/**
 * Between what the distance lies when only counts over the same ascending bins are known: it is
 * reached at an edge, or inside a bin at most as far as one distribution can run ahead there.
 *
 * @throws RangeError when there are no rows on a side
 */
export function ksBounds(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
): { readonly least: number; readonly most: number } {
  const [m, n] = [totalOf(one), totalOf(other)];
  if (!(m > 0 && n > 0)) throw new RangeError(`got ${m} and ${n} rows; expected some of both`);
  let [a, b, least, most] = [0, 0, 0, 0];
  for (let bin = 0; bin < one.length; bin++) {
    const [startA, startB] = [a / m, b / n];
    a += one[bin] as number;
    b += other[bin] as number;
    least = Math.max(least, Math.abs(a / m - b / n));
    most = Math.max(most, a / m - startB, b / n - startA);
  }
  return { least, most };
}
