import { pathOf } from '#domain/gates/performance/feature-pairs.ts';
import type {
  Distribution,
  PredictionProfile,
  ReferenceProfile,
} from '#domain/gates/performance/reference-profile.ts';
import type { Seen } from '#domain/monitoring/capture/seen.ts';
import {
  binsOf,
  type FeatureBins,
  type FeatureCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import type { ScoreCounts } from '#domain/monitoring/statistics/estimated-accuracy.ts';
import { type PairBins, pairBinsOf } from '#domain/monitoring/statistics/pair-bins.ts';
import {
  answeredDistribution,
  scoreDistribution,
  truthDistribution,
} from '#domain/monitoring/statistics/predictions.ts';
import type { Digest } from '#domain/registry/digest.ts';

/** One distribution that a version was judged on, and where a window has its counts of it. */
export interface ReferenceColumn {
  readonly name: string;
  readonly bins: FeatureBins;
  readonly counts: FeatureCounts;
  /** Undefined where the window has none: they were counted by nobody, or had no room. */
  readonly of: (window: Seen) => FeatureCounts | undefined;
}

/** Two features that are watched together; its counts are of the differences of their scores. */
export interface ReferencePair extends ReferenceColumn {
  readonly pair: PairBins;
}

/** A reference profile, made ready for comparisons. */
export interface Reference {
  readonly sha256: Digest;
  readonly profile: ReferenceProfile;
  readonly features: readonly ReferenceColumn[];
  /** None in profiles that were made before dependence was watched. */
  readonly pairs: readonly ReferencePair[];
  /** The answers, and their scores where the version gives any. */
  readonly answers: readonly ReferenceColumn[];
  /** True labels, of classes alone. */
  readonly labels?: Omit<ReferenceColumn, 'of'>;
}

export function referenceOf(profile: ReferenceProfile, sha256: Digest): Reference {
  const { features, predictions } = profile;
  return {
    sha256,
    profile,
    features: features.map((feature, i) =>
      column(pathOf(feature), feature.distribution, (window) => window.features[i]),
    ),
    pairs: pairsOf(profile),
    answers: predictions ? answersOf(predictions) : [],
    ...(predictions?.kind === 'classes' && {
      labels: column('labels', truthDistribution(predictions), () => undefined),
    }),
  };
}

const pairsOf = (profile: ReferenceProfile): readonly ReferencePair[] =>
  pairBinsOf(profile).map((pair, i) => ({
    ...column(pair.features.join(' ~ '), pair.distribution, ({ pairs }) => pairs?.[i]),
    pair,
  }));

function answersOf(predictions: PredictionProfile): readonly ReferenceColumn[] {
  const answers = column('answers', answeredDistribution(predictions), (window) => window.answers);
  const scores = predictions.kind === 'classes' ? predictions.scores : undefined;
  if (!scores) return [answers];
  const distribution = scoreDistribution(scores);
  const { known } = binsOf(distribution);
  return [
    answers,
    column('scores', distribution, (window) => window.scores && asCounts(window.scores, known)),
  ];
}

/** Scores are counted in the bins of the profile, which has none for what lies below its least. */
function asCounts({ counts, sums }: ScoreCounts, known: number): FeatureCounts {
  const all = new Float64Array(known + 1);
  all.set(counts, known - counts.length);
  return { counts: all, ends: Float64Array.of(sums[0] ?? 0, sums.at(-1) ?? 0) };
}

const column = (
  name: string,
  distribution: Distribution,
  of: ReferenceColumn['of'],
): ReferenceColumn => ({
  name,
  bins: binsOf(distribution),
  counts: referenceCounts(distribution),
  of,
});
