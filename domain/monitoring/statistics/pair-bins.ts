import { binScores } from '#domain/gates/performance/bin-scores.ts';
import { pairDifference, pathOf } from '#domain/gates/performance/feature-pairs.ts';
import type {
  Distribution,
  PairProfile,
  ReferenceProfile,
} from '#domain/gates/performance/reference-profile.ts';
import { binsOf, countNumber, type FeatureBins, type FeatureCounts } from './bins.ts';

/** Two features of a profile, and where the difference of their scores is counted. */
export interface PairBins extends PairProfile {
  /** As `input/name`. */
  readonly features: readonly [first: string, second: string];
  /** Of each of the two the score by bin, that of missing values NaN. */
  readonly scores: readonly [first: Float64Array, second: Float64Array];
  readonly bins: FeatureBins;
}

/** What dependence is counted by; nothing of profiles that were made before it was watched. */
export const pairBinsOf = ({
  features,
  pairs = [],
}: Pick<ReferenceProfile, 'features' | 'pairs'>): readonly PairBins[] =>
  pairs.map((pair) => {
    const [first, second] = pair.of.map((at) => features[at]);
    if (!first || !second) throw new RangeError(`got a pair of ${pair.of}; expected two features`);
    return {
      ...pair,
      features: [pathOf(first), pathOf(second)],
      scores: [placeScores(first.distribution), placeScores(second.distribution)],
      bins: binsOf(pair.distribution),
    };
  });

/** By the places of `binsOf`: what lies below all of the reference is worth its lowest bin. */
function placeScores(distribution: Distribution): Float64Array {
  if (distribution.kind !== 'numeric') throw new TypeError(`got a pair of ${distribution.kind}`);
  const scores = binScores(distribution.counts);
  const { known } = binsOf(distribution);
  const below = known > scores.length ? scores.slice(0, 1) : [];
  return Float64Array.from([...below, ...scores, Number.NaN]);
}

/** Counts a row whose values of the two features lie in these bins. */
export function countPair(
  { correlation, scores: [ofFirst, ofSecond], bins }: PairBins,
  counts: FeatureCounts,
  first: number,
  second: number,
): void {
  const scores = [ofFirst[first] as number, ofSecond[second] as number] as const;
  countNumber(bins, counts, pairDifference(correlation, ...scores));
}
