import type { Proportion } from './proportion-gap.ts';
import { share } from './proportion-gap.ts';
import type { Answers } from './slice-quality.ts';
import type { Slice } from './slices.ts';

/** How a group fares: class 1 is the favourable answer. */
export interface GroupRates {
  readonly group: string;
  /** Rows answered with class 1. */
  readonly selected: Proportion;
  /** Of the rows that are of class 1, those answered so. */
  readonly truePositive: Proportion;
  /** Of the rows that are not of class 1, those answered so. */
  readonly falsePositive: Proportion;
}

export type Rate = Exclude<keyof GroupRates, 'group'>;

/** Counts of two-class answers by group; an answer that is no class selects nobody. */
export function groupRates(
  { truth, predictions }: Answers,
  groups: readonly Slice[],
): readonly GroupRates[] {
  if (truth.kind !== 'classes' || predictions.kind !== 'classes') {
    throw new RangeError(`got ${truth.kind}; expected classes: no number is favourable`);
  }
  return groups.map(({ name, rows }) => {
    const [yes, no] = [
      { hits: 0, of: 0 },
      { hits: 0, of: 0 },
    ];
    for (const row of rows) {
      const side = truth.indexes[row] === 1 ? yes : no;
      side.of++;
      if (predictions.predicted[row] === 1) side.hits++;
    }
    const selected = { hits: yes.hits + no.hits, of: rows.length };
    return { group: name, selected, truePositive: yes, falsePositive: no };
  });
}

/** Least over greatest share of a rate; 1 where no group has any. */
export function leastRatio(rates: readonly Proportion[]): number {
  const shares = rates.map(share);
  const greatest = Math.max(...shares);
  return greatest > 0 ? Math.min(...shares) / greatest : 1;
}

/** Greatest less least share of a rate. */
export function greatestGap(rates: readonly Proportion[]): number {
  const shares = rates.map(share);
  return Math.max(...shares) - Math.min(...shares);
}
