import { LEVELS, type MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { FeatureCounts } from '#domain/monitoring/statistics/bins.ts';
import { totalOf } from '#domain/monitoring/statistics/chi-square.ts';
import {
  distanceOfBins,
  distanceOfPoints,
} from '#domain/monitoring/statistics/counted-distance.ts';
import { levelOf } from '#domain/monitoring/statistics/levels.ts';
import type { PairBins } from '#domain/monitoring/statistics/pair-bins.ts';
import { type Compared, type FeatureVerdict, judgeFeature } from './judge-feature.ts';
import { judgedRatios } from './judged-ratios.ts';

export interface PairVerdict extends FeatureVerdict {
  /** How far the difference moved, in deviations (Wasserstein). */
  readonly distance: number;
  /** How far it can have moved with its features, if these depend on each other as before. */
  readonly explained: number;
}

/**
 * How far a difference may move beyond what its features explain, in deviations. By the bound itself it
 * is nothing; the ends of bins and chance reached 0.22 where features shifted by two deviations.
 */
const ROOM = 0.25;

/**
 * Whether the dependence of two features changed: as of a feature, but also further than they moved
 * by themselves: twice as far, or by `ROOM` where that is less. Missing values are the features' own.
 */
export function judgePair(
  compared: Compared,
  explained: number,
  policy: MonitoringPolicy,
): PairVerdict {
  const { level: _, statistics, ...rest } = judgeFeature(compared, policy);
  const distance = distanceOf(compared);
  const furthest = distance > 0 ? distance / (explained + Math.min(explained, ROOM)) : 0;
  const found = judgedRatios(statistics, policy);
  const ratios = { ...found };
  for (const level of LEVELS) ratios[level] = Math.min(found[level], furthest);
  const level = levelOf(ratios);
  const isJudged = Object.keys(statistics).length > 0;
  const outcome = level ? 'DRIFT' : isJudged ? 'STABLE' : 'INSUFFICIENT_DATA';
  const verdict = { ...rest, statistics, outcome, ratios, distance, explained } as const;
  return level ? { ...verdict, level } : verdict;
}

function distanceOf({ bins, reference, current }: Compared): number {
  if (bins.kind !== 'numeric' || !hasRows(reference) || !hasRows(current)) return 0;
  return distanceOfBins(bins, reference, current);
}

const hasRows = ({ counts }: FeatureCounts): boolean => totalOf(counts.subarray(0, -1)) > 0;

interface Sides {
  readonly reference: FeatureCounts;
  readonly current: FeatureCounts;
}

/**
 * How far the difference of two features can move when each row keeps its rank in both: no further on
 * average than the two together, whatever their distributions.
 */
export const explainedBy = (
  { scores }: Pick<PairBins, 'scores'>,
  sides: readonly [first: Sides, second: Sides],
): number =>
  sides.reduce((sum, { reference, current }, i) => {
    if (!hasRows(reference) || !hasRows(current)) return sum;
    return sum + distanceOfPoints(scores[i === 0 ? 0 : 1], reference, current);
  }, 0);
