import { scoreBy } from './bin-scores.ts';
import { choosePairs, type SampledScores } from './choose-pairs.ts';
import { numericDistribution } from './distribution.ts';
import type { FeatureColumn } from './feature-columns.ts';
import type { PairProfile, ReferenceProfile } from './reference-profile.ts';

type Features = ReferenceProfile['features'];

/**
 * The pairs of a profile's features whose dependence is watched, and how their scores differ in all
 * rows. Only a sample decides which; the columns of those that are chosen are read again.
 *
 * @param scores of each feature, in the profile's order
 */
export function featurePairs(
  features: Features,
  scores: readonly (SampledScores | undefined)[],
  read: (feature: number) => FeatureColumn,
): PairProfile[] {
  const columns = features.map((feature, i) => ({ name: pathOf(feature), scores: scores[i] }));
  return choosePairs(columns).map(({ of, correlation }) => {
    const [first, second] = of.map((at) => rowScores(features[at], read(at)));
    if (!first || !second) throw new RangeError(`got features ${of}; expected two numeric ones`);
    const differences = first.map((score, row) =>
      pairDifference(correlation, score, second[row] as number),
    );
    const distribution = numericDistribution(differences);
    if (distribution.kind === 'categorical') throw new TypeError('got categories of numbers');
    return { of, correlation, distribution };
  });
}

/** `input/name`, as reports have it. */
export const pathOf = ({ input, name }: Pick<Features[number], 'input' | 'name'>): string =>
  `${input}/${name}`;

/**
 * By how much the first score lies above the second, or above its opposite where the two fell when
 * the other rose: the stronger the dependence, the less it varies. NaN where either is missing.
 */
export const pairDifference = (correlation: number, first: number, second: number): number =>
  correlation < 0 ? first + second : first - second;

function rowScores(feature: Features[number] | undefined, column: FeatureColumn): Float64Array {
  if (feature?.distribution.kind !== 'numeric' || column.kind !== 'numeric') {
    throw new TypeError(`got feature ${column.name} without numbers; expected a numeric one`);
  }
  return column.values.map(scoreBy(feature.distribution));
}
