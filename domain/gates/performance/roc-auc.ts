import { requireFinite } from './finite.ts';

/**
 * Area under the ROC curve by ranks (Mann–Whitney): the chance that a positive row scores above a
 * negative one, a tie counting half. Undefined when one class is absent.
 *
 * @throws RangeError on a score that is not finite
 */
export function rocAuc(
  isPositive: (row: number) => boolean,
  scores: ArrayLike<number>,
): number | undefined {
  requireFinite(scores, 'scores');
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row);
  const score = (rank: number): number => scores[order[rank] as number] as number;
  order.sort((a, b) => (scores[a] as number) - (scores[b] as number));

  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && score(end) === score(start)) end++;
    let tied = 0;
    for (let rank = start; rank < end; rank++) if (isPositive(order[rank] as number)) tied++;
    positives += tied;
    rankSum += (tied * (start + 1 + end)) / 2;
    start = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Unweighted mean of each class's one-vs-rest area; of two classes, the area of class 1.
 * Undefined when a class never occurs in the truth.
 *
 * @param probabilities rows × classes, row by row
 */
export function classRocAuc(
  truth: ArrayLike<number>,
  probabilities: Float64Array,
  classes: number,
): number | undefined {
  const column = (label: number) =>
    Float64Array.from(truth, (_, row) => probabilities[row * classes + label] as number);
  const area = (label: number) => rocAuc((row) => truth[row] === label, column(label));
  if (classes === 2) return area(1);
  let sum = 0;
  for (let label = 0; label < classes; label++) {
    const one = area(label);
    if (one === undefined) return undefined;
    sum += one;
  }
  return sum / classes;
}
