import { requireFinite } from './finite.ts';

const BINS = 15;
const EDGES = Array.from({ length: BINS - 1 }, (_, i) => (i + 1) / BINS);

/**
 * Expected calibration error over 15 right-closed bins of equal width ((0, 1/15], …; 0 joins the
 * first): the gap between the mean confidence and the share that came true, weighted by rows.
 *
 * @param outcome 1 where the prediction came true, else 0
 * @param confidence within [0, 1]
 * @throws RangeError without rows, or on a confidence that is not finite
 */
export function expectedCalibrationError(
  outcome: ArrayLike<number>,
  confidence: ArrayLike<number>,
): number {
  requireRows(outcome, confidence, 1);
  const gaps = new Float64Array(BINS);
  for (let i = 0; i < confidence.length; i++) {
    const said = confidence[i] as number;
    const edge = EDGES.findIndex((upper) => said <= upper);
    const bin = edge < 0 ? BINS - 1 : edge;
    gaps[bin] = (gaps[bin] as number) + (outcome[i] as number) - said;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / confidence.length;
}

/**
 * How far the probabilities are from the truth. Of two classes, `ece` judges the probability of
 * class 1 (scikit-learn's calibration_curve) and `brier` is its mean squared error; of more,
 * `ece` judges the top class's probability (Guo et al. 2017) and `brier` sums over the classes
 * (Brier 1950). `logLoss` is in nats, probabilities kept 2⁻⁵² away from 0 and 1.
 *
 * @param probabilities rows × classes, row by row
 * @throws RangeError without rows, or on a probability that is not finite
 */
export function calibration(
  truth: ArrayLike<number>,
  probabilities: Float64Array,
  classes: number,
): { readonly ece: number; readonly brier: number; readonly logLoss: number } {
  requireRows(truth, probabilities, classes);
  const rows = truth.length;
  const outcome = new Float64Array(rows);
  const confidence = new Float64Array(rows);
  let squares = 0;
  let logs = 0;
  for (let row = 0; row < rows; row++) {
    const actual = truth[row] as number;
    const of = probabilities.subarray(row * classes, (row + 1) * classes);
    const judged = classes === 2 ? 1 : argmax(of);
    outcome[row] = actual === judged ? 1 : 0;
    confidence[row] = of[judged] as number;
    for (let label = classes === 2 ? 1 : 0; label < classes; label++) {
      squares += ((of[label] as number) - (label === actual ? 1 : 0)) ** 2;
    }
    const right = of[actual] as number;
    logs -= Math.log(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, right)));
  }
  return {
    ece: expectedCalibrationError(outcome, confidence),
    brier: squares / rows,
    logLoss: logs / rows,
  };
}

/** Index of the greatest value, the lowest among equals. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) > (values[best] as number)) best = i;
  }
  return best;
}

function requireRows(truth: ArrayLike<number>, scores: ArrayLike<number>, width: number): void {
  requireFinite(scores, 'probabilities');
  if (truth.length === 0 || scores.length !== truth.length * width) {
    throw new RangeError(
      `got ${scores.length} probabilities for ${truth.length} rows; expected ${width} a row`,
    );
  }
}
