import {
  CATEGORIES,
  type Distribution,
  type PredictionProfile,
  type ScoreProfile,
} from '#domain/gates/performance/reference-profile.ts';

/** What the version answered when it was judged, to compare a window's answers with. */
export const answeredDistribution = (predictions: PredictionProfile): Distribution =>
  predictions.kind === 'values'
    ? predictions.answered
    : classDistribution(predictions, ({ answered }) => answered, predictions.unknown);

/** What was true of the rows it was judged by, to compare late labels with. */
export const truthDistribution = (predictions: PredictionProfile): Distribution =>
  predictions.kind === 'values'
    ? predictions.truth
    : classDistribution(predictions, ({ truth }) => truth, 0);

/** Its scores, which move before the answered classes do. */
export const scoreDistribution = ({ edges, counts, sums }: ScoreProfile): Distribution => ({
  kind: 'numeric',
  edges,
  counts,
  missing: 0,
  min: 0,
  max: 1,
  mean: mean(sums, counts),
  standardDeviation: 0,
  endSums: [sums[0] ?? 0, sums.at(-1) ?? 0],
});

type Classes = Extract<PredictionProfile, { kind: 'classes' }>;

function classDistribution(
  { classes }: Classes,
  count: (of: Classes['classes'][number]) => number,
  unknown: number,
): Distribution {
  const ranked = classes
    .map((one) => ({ value: one.label, count: count(one) }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  const beyond = ranked.slice(CATEGORIES).reduce((sum, one) => sum + one.count, 0);
  return {
    kind: 'categorical',
    categories: ranked.slice(0, CATEGORIES),
    other: beyond + unknown,
    missing: 0,
  };
}

function mean(sums: readonly number[], counts: readonly number[]): number {
  const total = (of: readonly number[]) => of.reduce((sum, one) => sum + one, 0);
  return total(counts) > 0 ? total(sums) / total(counts) : 0;
}
