import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { addMeans, type MeanDifference, meanDifference, NO_MEANS } from './mean-difference.ts';
import type { Moments, Stratum } from './observation.ts';

export interface Welch extends MeanDifference {
  readonly t: number;
  /** Two-sided. */
  readonly p: number;
  readonly low: number;
  readonly high: number;
}

/** Welch's t-test for a sample of fixed size: once, at its end. Undefined without any variance. */
export function welch(arms: Stratum<Moments>, confidence = 0.95): Welch | undefined {
  const measured = meanDifference(addMeans(NO_MEANS, arms));
  if (measured === undefined || measured.standardError === 0) return undefined;
  const { difference, standardError, df } = measured;
  const t = difference / standardError;
  const half = tQuantile((1 + confidence) / 2, df) * standardError;
  const p = 2 * tCdf(-Math.abs(t), df);
  return { ...measured, t, p, low: difference - half, high: difference + half };
}
