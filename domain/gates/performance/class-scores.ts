export interface ClassScores {
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Counts of one class: hits, times predicted, times true. */
interface Tally {
  hits: number;
  predicted: number;
  actual: number;
}

/**
 * Accuracy, precision, recall and F1 of predicted class indexes, as scikit-learn defines them with
 * `zero_division=0`: `binary` scores class 1; `macro` averages over the classes that occur in the
 * truth or among the predictions. A prediction of -1 (no declared class) is wrong and no class.
 *
 * @throws RangeError without rows, or when the lengths differ
 */
export function classScores(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  average: 'binary' | 'macro',
): ClassScores {
  const rows = truth.length;
  if (rows === 0 || predicted.length !== rows) {
    throw new RangeError(`got ${predicted.length} predictions for ${rows} rows; expected as many`);
  }
  const tallies = new Map<number, Tally>();
  const tally = (label: number): Tally => {
    const known = tallies.get(label) ?? { hits: 0, predicted: 0, actual: 0 };
    tallies.set(label, known);
    return known;
  };
  let correct = 0;
  for (let i = 0; i < rows; i++) {
    const actual = truth[i] as number;
    const said = predicted[i] as number;
    tally(actual).actual++;
    if (said >= 0) tally(said).predicted++;
    if (said === actual) {
      tally(said).hits++;
      correct++;
    }
  }
  const scored = average === 'macro' ? [...tallies.values()] : [tally(1)];
  const mean = (score: (one: Tally) => number) =>
    scored.reduce((sum, one) => sum + score(one), 0) / scored.length;
  return {
    accuracy: correct / rows,
    precision: mean((one) => share(one.hits, one.predicted)),
    recall: mean((one) => share(one.hits, one.actual)),
    f1: mean((one) => share(2 * one.hits, one.predicted + one.actual)),
  };
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
