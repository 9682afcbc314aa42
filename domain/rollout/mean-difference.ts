import type { Moments, Stratum } from './observation.ts';

/**
 * The difference of two means, canary less baseline, gathered within strata, so that neither a
 * share nor a mean that changes with time is taken for a difference between the arms.
 */
export interface MeanSums {
  /** Σ n_c n_b / (n_c + n_b): the strata's weights. */
  readonly weight: number;
  /** Σ weight × difference of the means. */
  readonly weighted: number;
  /** Σ weight² / n of either arm, what its variance enters by. */
  readonly canarySpread: number;
  readonly baselineSpread: number;
  /** Squared deviations within strata, and their degrees of freedom. */
  readonly canaryM2: number;
  readonly canaryDf: number;
  readonly baselineM2: number;
  readonly baselineDf: number;
}

export const NO_MEANS: MeanSums = {
  weight: 0,
  weighted: 0,
  canarySpread: 0,
  baselineSpread: 0,
  canaryM2: 0,
  canaryDf: 0,
  baselineM2: 0,
  baselineDf: 0,
};

/** The sums with a stratum more; one that lacks an arm compares nothing. */
export function addMeans(sums: MeanSums, { canary, baseline }: Stratum<Moments>): MeanSums {
  if (canary.count === 0 || baseline.count === 0) return sums;
  const weight = (canary.count * baseline.count) / (canary.count + baseline.count);
  return {
    weight: sums.weight + weight,
    weighted: sums.weighted + weight * (canary.mean - baseline.mean),
    canarySpread: sums.canarySpread + (weight * weight) / canary.count,
    baselineSpread: sums.baselineSpread + (weight * weight) / baseline.count,
    canaryM2: sums.canaryM2 + canary.m2,
    canaryDf: sums.canaryDf + canary.count - 1,
    baselineM2: sums.baselineM2 + baseline.m2,
    baselineDf: sums.baselineDf + baseline.count - 1,
  };
}

export interface MeanDifference {
  readonly difference: number;
  readonly standardError: number;
  /** Satterthwaite's degrees of freedom. */
  readonly df: number;
  /** Outcomes of both arms that an even split would have needed to say as much. */
  readonly effective: number;
}

/** With a single stratum exactly Welch's difference; undefined until either arm has two outcomes. */
export function meanDifference(sums: MeanSums): MeanDifference | undefined {
  if (sums.canaryDf < 1 || sums.baselineDf < 1) return undefined;
  const square = sums.weight ** 2;
  const canary = ((sums.canaryM2 / sums.canaryDf) * sums.canarySpread) / square;
  const baseline = ((sums.baselineM2 / sums.baselineDf) * sums.baselineSpread) / square;
  const variance = canary + baseline;
  return {
    difference: sums.weighted / sums.weight,
    standardError: Math.sqrt(variance),
    df: variance ** 2 / (canary ** 2 / sums.canaryDf + baseline ** 2 / sums.baselineDf),
    effective: 4 * sums.weight,
  };
}
