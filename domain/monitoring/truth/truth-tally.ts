import { binOf } from '#domain/gates/performance/distribution.ts';
import { addScore, NO_SUMS } from '#domain/rollout/outcome-sums.ts';
import { scoreOf, type Truth } from './truth.ts';
import { PROBABILITY_BINS } from './truth-sums.ts';

/** Whole numbers under flat names, so that a database can add to each of them by itself. */
export type Tally = Readonly<Record<string, bigint>>;

/** Scores and probabilities are summed as whole millionths. */
export const MILLION = 1e6;

const UPPER_ENDS = Array.from(
  { length: PROBABILITY_BINS - 1 },
  (_, k) => (k + 1) / PROBABILITY_BINS,
);

/** How a class is called where labels beyond the first ones are as one. */
export type Called = (label: string) => string;

/**
 * What one row adds to the sums of its hour. Which class is class 1 is not known yet, so bins and
 * groups count by label.
 *
 * @throws RangeError for a row without a score
 */
export function tallyOf(truth: Truth, called: Called): Tally {
  const scored = tallyScore(truth);
  if (truth.kind === 'values') return scored;
  const label = called(truth.truth);
  const named = { ...scored, [`truth:${label}`]: 1n };
  if (truth.probability === undefined) return named;
  const bin = binOf(UPPER_ENDS, truth.probability);
  return {
    ...named,
    [`bin:${bin}:rows`]: 1n,
    [`bin:${bin}:sum`]: BigInt(Math.round(truth.probability * MILLION)),
    [`bin:${bin}:right`]: isRight(truth) ? 1n : 0n,
    [`bin:${bin}:truth:${label}`]: 1n,
  };
}

/** What it adds to each of its groups. */
export function groupTallyOf(truth: Truth, called: Called): Tally {
  const scored = tallyScore(truth);
  if (truth.kind === 'values') return scored;
  const [label, answered] = [called(truth.truth), called(truth.predicted)];
  return {
    ...scored,
    [`truth:${label}`]: 1n,
    [`answered:${answered}`]: 1n,
    ...(isRight(truth) && { [`right:${label}`]: 1n }),
  };
}

export function addTallies(one: Tally, other: Tally): Tally {
  const sum = new Map(Object.entries(one));
  for (const [name, count] of Object.entries(other)) sum.set(name, (sum.get(name) ?? 0n) + count);
  return Object.fromEntries(sum);
}

function tallyScore(truth: Truth): Tally {
  const score = scoreOf(truth);
  if (score === undefined) throw new RangeError('got an error beyond what is summed');
  const { units, scores, squares } = addScore(NO_SUMS, score);
  return { rows: units, scores, squares };
}

const isRight = (truth: Truth): boolean => truth.truth === truth.predicted;
