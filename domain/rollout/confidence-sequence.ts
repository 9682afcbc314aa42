import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import type { MeanDifference } from './mean-difference.ts';

/** JSON knows no infinity. */
const LEAST = -700;

/** ρ² that makes a confidence sequence tightest at `n` (Waudby-Smith et al., arXiv 2103.06476). */
export function tunedRho2(n: number, alpha: number): number {
  const twice = -2 * Math.log(alpha);
  return (twice + Math.log(twice + 1)) / n;
}

/**
 * Half the width of the asymptotic confidence sequence (arXiv 2103.06476): it holds the true
 * difference at all times with probability 1 − alpha, two-sided.
 */
export function sequenceHalfWidth(
  { standardError, effective: n }: MeanDifference,
  rho2: number,
  alpha: number,
): number {
  const inflated = n * rho2 + 1;
  return (
    standardError *
    Math.sqrt(n) *
    Math.sqrt(((2 * inflated) / (n * n * rho2)) * Math.log(Math.sqrt(inflated) / alpha))
  );
}

/**
 * ln E against "the difference is at most `from`": the mixture behind the sequence over the upper
 * half of the normal only. Asymptotic too.
 */
export function aboveDifference(
  { difference, standardError, effective: n }: MeanDifference,
  from: number,
  rho2: number,
): number {
  const z = (difference - from) / standardError;
  const shrink = (n * rho2) / (n * rho2 + 1);
  const upper = Math.log(2 * normalCdf(z * Math.sqrt(shrink), 0, 1));
  return Math.max(LEAST, (z * z * shrink) / 2 - Math.log(n * rho2 + 1) / 2 + upper);
}
