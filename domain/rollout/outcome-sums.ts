import type { Moments } from './observation.ts';

/** Scores beyond it are refused: with them a sum of squares outgrows what is stored exactly. */
export const SCORE_MAX = 1e6;

/**
 * Scores are summed as whole millionths, so that no order of adding them makes a difference. A
 * square has 24 digits at most; DynamoDB keeps 38, which are 10^14 scores.
 */
const UNITS_PER_ONE = 1e6;

/** Of the scores' millionths: number, sum, and sum of squares. */
export interface OutcomeSums {
  readonly units: bigint;
  readonly scores: bigint;
  readonly squares: bigint;
}

export const NO_SUMS: OutcomeSums = { units: 0n, scores: 0n, squares: 0n };

/** @throws RangeError for a score that is not finite or beyond `SCORE_MAX` */
export function addScore(sums: OutcomeSums, score: number): OutcomeSums {
  if (!(Math.abs(score) <= SCORE_MAX)) {
    throw new RangeError(`got a score of ${score}; expected at most ${SCORE_MAX} either way`);
  }
  const millionths = BigInt(Math.round(score * UNITS_PER_ONE));
  return addSums(sums, { units: 1n, scores: millionths, squares: millionths * millionths });
}

export const addSums = (one: OutcomeSums, other: OutcomeSums): OutcomeSums => ({
  units: one.units + other.units,
  scores: one.scores + other.scores,
  squares: one.squares + other.squares,
});

/** Exact but for the last rounding: nothing cancels in whole numbers. */
export function momentsOf({ units, scores, squares }: OutcomeSums): Moments {
  const count = Number(units);
  if (count === 0) return { count, mean: 0, m2: 0 };
  return {
    count,
    mean: Number(scores) / count / UNITS_PER_ONE,
    m2: Number(units * squares - scores * scores) / count / UNITS_PER_ONE ** 2,
  };
}
