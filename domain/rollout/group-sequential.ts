import { normalQuantile } from '#domain/gates/performance/normal-quantile.ts';
import type { EventCounts, Stratum } from './observation.ts';
import { shareOfEvents } from './rate-ratio.ts';
import { spendingBounds, spent } from './spending.ts';

/** Power that the planned information has. */
const POWER = 0.9;

/** A stratified score statistic of the canary's events, and the analyses made of it. */
export interface ScoreSums {
  /** Canary events beyond those expected at the null. */
  readonly score: number;
  /** Their variance: grows with the number of events, whichever arm they come from. */
  readonly information: number;
  /** Information at each analysis. */
  readonly analyses: readonly number[];
  /** Whether an analysis has crossed its bound. */
  readonly crossed: boolean;
}

export const NO_SCORE: ScoreSums = { score: 0, information: 0, analyses: [], crossed: false };

export function addScore(
  sums: ScoreSums,
  { canary, baseline }: Stratum<EventCounts>,
  ratio: number,
): ScoreSums {
  const events = canary.events + baseline.events;
  const theta = shareOfEvents(ratio, canary.exposures, baseline.exposures);
  return {
    ...sums,
    score: sums.score + canary.events - events * theta,
    information: sums.information + events * theta * (1 - theta),
  };
}

export interface AnalysisPlan {
  readonly analyses: number;
  /** One-sided, of all analyses together. */
  readonly alpha: number;
  /** Ratio of rates at the null, and the one that the plan is to find. */
  readonly ratio: number;
  readonly worse: number;
}

/** Information at which a rate `worse` than `ratio` would be found with a power of 90 %. */
export const plannedInformation = ({ alpha, ratio, worse }: AnalysisPlan): number =>
  ((normalQuantile(1 - alpha) + normalQuantile(POWER)) / Math.log(worse / ratio)) ** 2;

/** The standardised statistic, half an event taken off for counts being whole. */
export const standardised = ({ score, information }: ScoreSums): number =>
  information === 0 ? 0 : (score - 0.5) / Math.sqrt(information);

/**
 * Makes an analysis when the next even part of the planned information has come, the last at all
 * of it. Information depends on how many events there were, not on how they split, so that the
 * data do not choose when they are looked at.
 */
export function analysed(sums: ScoreSums, plan: AnalysisPlan): ScoreSums {
  const planned = plannedInformation(plan);
  const last = sums.analyses.at(-1) ?? 0;
  const part = planned / plan.analyses;
  if (last >= planned || Math.floor(sums.information / part) <= Math.floor(last / part)) {
    return sums;
  }
  const analyses = [...sums.analyses, sums.information];
  const z = standardised(sums);
  return { ...sums, analyses, crossed: sums.crossed || z >= boundAt(analyses, z, plan) };
}

/** The bound at the last of `analyses`, which is only worked out where z could reach it. */
function boundAt(analyses: readonly number[], z: number, plan: AnalysisPlan): number {
  const planned = plannedInformation(plan);
  const all = spent((analyses.at(-1) ?? 0) / planned, plan.alpha);
  // No bound lies below the one that would spend everything here.
  const least = -normalQuantile(all);
  if (z < least) return least;
  return spendingBounds(analyses, planned, plan.alpha).at(-1) ?? Number.POSITIVE_INFINITY;
}
