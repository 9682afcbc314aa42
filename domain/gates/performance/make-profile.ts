import { sampledScores } from './choose-pairs.ts';
import {
  binOf,
  distributionOf,
  finite,
  numericDistribution,
  quantileEdges,
} from './distribution.ts';
import type { FeatureColumn } from './feature-columns.ts';
import { featurePairs } from './feature-pairs.ts';
import {
  MAX_FEATURES,
  type PredictionProfile,
  type ReferenceProfile,
  type RowScores,
  type ScoreProfile,
} from './reference-profile.ts';
import type { Answers } from './slice-quality.ts';

/** What the profile of a version is made from. */
interface Profiled {
  readonly rows: number;
  readonly columns: readonly (() => FeatureColumn)[];
  readonly answers: Answers;
}

/**
 * The reference of later drift checks, from the rows that judge the version: they are not those
 * it was trained on, so that its scores are as honest as in service.
 */
export function makeProfile({ rows, columns, answers }: Profiled): ReferenceProfile {
  const watched = columns.slice(0, MAX_FEATURES);
  // Of one column after the other: all together may not fit into the memory.
  const profiled = watched.map((read) => profiledColumn(read()));
  const features = profiled.map(({ feature }) => feature);
  const scores = profiled.map((one) => one.scores);
  const pairs = featurePairs(features, scores, (at) => columnAt(watched, at));
  return {
    schema: 'assay.reference-profile/v1',
    rows,
    features,
    omitted: Math.max(0, columns.length - MAX_FEATURES),
    ...(pairs.length > 0 && { pairs }),
    predictions: predictionsOf(answers),
  };
}

function profiledColumn(column: FeatureColumn) {
  const { name, input } = column;
  const distribution = distributionOf(column);
  const isNumeric = column.kind === 'numeric' && distribution.kind === 'numeric';
  return {
    feature: { name, input, distribution },
    scores: isNumeric ? sampledScores(column.values, distribution) : undefined,
  };
}

function columnAt(columns: Profiled['columns'], at: number): FeatureColumn {
  const read = columns[at];
  if (!read) throw new RangeError(`got column ${at}; there are ${columns.length}`);
  return read();
}

function predictionsOf({ truth, predictions }: Answers): PredictionProfile {
  if (truth.kind === 'values' && predictions.kind === 'values') {
    const { values } = predictions;
    return {
      kind: 'values',
      truth: numericDistribution(truth.values),
      answered: numericDistribution(values),
      score: momentsOf(truth.values, (actual, row) => -Math.abs(actual - (values[row] as number))),
    };
  }
  if (truth.kind !== 'classes' || predictions.kind !== 'classes') {
    throw new RangeError(`got ${truth.kind} and ${predictions.kind}; expected the same of both`);
  }
  const { predicted, probabilities } = predictions;
  const { indexes, classes } = truth;
  const actual = tally(indexes, classes.length);
  const answered = tally(predicted, classes.length);
  return {
    kind: 'classes',
    classes: classes.map((label, index) => ({
      label,
      truth: actual[index] as number,
      answered: answered[index] as number,
    })),
    unknown: predicted.length - answered.reduce((sum, one) => sum + one, 0),
    ...(probabilities && { scores: scoresOf(indexes, predicted, probabilities, classes.length) }),
    score: momentsOf(indexes, (actual, row) => Number(actual === predicted[row])),
  };
}

/** In two passes, so that nothing cancels. */
function momentsOf(
  truth: ArrayLike<number>,
  scoreAt: (actual: number, row: number) => number,
): RowScores {
  const scores = Float64Array.from(truth, scoreAt);
  const rows = scores.length;
  const mean = rows === 0 ? 0 : scores.reduce((sum, score) => sum + score, 0) / rows;
  const m2 = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  return { rows, mean: finite(mean), m2: finite(m2) };
}

function tally(indexes: Int32Array, classes: number): number[] {
  const counts = zeros(classes);
  for (const index of indexes) if (index >= 0) counts[index] = (counts[index] as number) + 1;
  return counts;
}

/** An answer that is no class has score 0 and never came true. */
function scoresOf(
  truth: Int32Array,
  predicted: Int32Array,
  probabilities: Float64Array,
  classes: number,
): ScoreProfile {
  const judged = (row: number): number => (classes === 2 ? 1 : (predicted[row] as number));
  const scores = Float64Array.from(truth, (_, row) =>
    judged(row) < 0 ? 0 : (probabilities[row * classes + judged(row)] as number),
  );
  const edges = quantileEdges(scores.toSorted());
  const bins = edges.length + 1;
  const [counts, sums, hits] = [zeros(bins), zeros(bins), zeros(bins)];
  scores.forEach((score, row) => {
    const bin = binOf(edges, score);
    counts[bin] = (counts[bin] as number) + 1;
    sums[bin] = (sums[bin] as number) + score;
    if (truth[row] === judged(row)) hits[bin] = (hits[bin] as number) + 1;
  });
  return { of: classes === 2 ? 'class-1' : 'answered-class', edges, counts, sums, hits };
}

const zeros = (length: number): number[] => new Array<number>(length).fill(0);
