import { BinFinder } from '#domain/gates/ordering/bin-finder.ts';
import { normalQuantile } from './normal-quantile.ts';
import { BINS, type NumericProfile } from './reference-profile.ts';

/** Scores are whole multiples of 1/64, so that their differences are exact. */
const PARTS = 64;
/** The middle of the first of sixty even bins: scores lie between −2.39 and 2.39. */
const LEAST = 1 / (2 * BINS);

/**
 * Of each bin the standard normal's quantile at the middle of its rows (van der Waerden 1952): what a
 * value is worth among those of its column, whatever their unit, and however far it lies outside.
 *
 * @param counts of the bins of numbers, the lowest first, with at least one row
 */
export function binScores(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  return counts.map((count) => {
    const middle = (below + count / 2) / total;
    below += count;
    const share = Math.min(1 - LEAST, Math.max(LEAST, middle));
    // Adding 0 turns −0 into 0.
    return Math.round(PARTS * normalQuantile(share)) / PARTS + 0;
  });
}

/** The score of a value by a column's profile; NaN of a missing one. */
export function scoreBy({ edges, counts }: NumericProfile): (value: number) => number {
  const scores = binScores(counts);
  const finder = new BinFinder(edges);
  return (value) => (Number.isNaN(value) ? Number.NaN : (scores[finder.binOf(value)] as number));
}
