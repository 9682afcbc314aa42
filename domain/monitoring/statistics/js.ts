import { totalOf } from './chi-square.ts';

/**
 * The Jensen–Shannon distance of counts over the same bins: the root of the divergence in bits, so
 * within [0, 1] (scipy's `jensenshannon` of base 2). With no smoothing: bins may be empty.
 *
 * @throws RangeError when there are no rows on a side, or the bins differ
 */
export function jensenShannon(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const [m, n] = [totalOf(one), totalOf(other)];
  if (one.length !== other.length || !(m > 0 && n > 0)) {
    throw new RangeError(
      `got ${m} and ${n} rows in ${one.length} and ${other.length} bins; expected rows on both sides of the same bins`,
    );
  }
  let nats = 0;
  for (let bin = 0; bin < one.length; bin++) {
    const p = (one[bin] as number) / m;
    const q = (other[bin] as number) / n;
    if (p === q) continue;
    // p ln(2p / (p + q)) + q ln(2q / (p + q)), with nothing lost where p and q are close.
    const u = (p - q) / (p + q);
    const both = p === 0 || q === 0 ? 2 * Math.LN2 : 2 * u * Math.atanh(u) + Math.log1p(-u * u);
    nats += ((p + q) / 2) * both;
  }
  return Math.min(1, Math.sqrt(nats / 2 / Math.LN2));
}
