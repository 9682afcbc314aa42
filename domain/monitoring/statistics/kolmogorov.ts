import { durbinCdf } from './durbin-matrix.ts';
import { pelzGoodCdf } from './pelz-good.ts';
import { stirlingError } from './stirling-error.ts';

/**
 * The chance that the empirical distribution of n values lies `d` or more away from theirs
 * (Kolmogorov's two-sided statistic), by what is both exact and quick where n and d are, as Simard
 * and L'Ecuyer (2011) and scipy's `kstwo.sf` choose.
 *
 * @param n whole, at least 1
 */
export function kolmogorovTail(n: number, d: number): number {
  const t = n * d;
  if (t <= 0.5) return 1;
  if (d >= 1) return 0;
  const square = t * d;
  if (square >= 370) return 0;
  // Both sides at once are impossible from one half on, and negligible in the tail.
  if (d >= 0.5 || square >= (n <= 140 ? 4 : 2.2)) return Math.min(1, 2 * oneSidedTail(n, d));
  const exact = n <= 140 || (n <= 100_000 && t * Math.sqrt(d) <= 1.4);
  return Math.min(1, Math.max(0, 1 - (exact ? durbinCdf(n, d) : pelzGoodCdf(n, d))));
}

/** Terms that a long sum is taken of: they rise from nothing and fall to nothing smoothly. */
const TERMS = 2000;

/**
 * Smirnov's one-sided tail, d Σ C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j) over j ≤ n (1 − d),
 * each term as Loader (2000) has binomials, so that no large logarithms cancel. Of a long sum every
 * k-th term is taken k times, which errs less than rounding does.
 */
function oneSidedTail(n: number, d: number): number {
  const t = n * d;
  const last = Math.min(n - 1, Math.floor(n - t));
  const stride = Math.max(1, Math.floor(n / TERMS));
  let sum = 0;
  const whole = stirlingError(n);
  for (let j = 1; j <= last; j += stride) {
    const rest = n - j;
    if (t >= rest) break;
    const exponent =
      whole -
      stirlingError(j) -
      stirlingError(rest) +
      j * Math.log1p(t / j) +
      rest * Math.log1p(-t / rest);
    sum += (Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * j * rest)) * t) / (t + j);
  }
  return (1 - d) ** n + stride * sum;
}
