import type { FeatureBins } from './bins.ts';
import { totalOf } from './chi-square.ts';

/** How fine quantile bins may be grouped for a test, the finest first. */
export const GROUPINGS = [60, 30, 20, 10] as const;
export type Groups = (typeof GROUPINGS)[number];
/** The usual least expected count of a category by itself (Cochran 1954). */
const EXPECTED_MIN = 5;

/**
 * The group of each known bin. It depends on the reference and on the window's size only, never on
 * what the window holds, so that grouping finds nothing by itself.
 *
 * @param reference counts of the known bins
 * @param n known values of the window
 */
export function grouping(
  bins: FeatureBins,
  reference: Float64Array,
  groups: number,
  n: number,
): Uint16Array {
  if (bins.kind === 'categorical') return frequentCategories(bins, reference, n);
  return evenGroups(reference, groups);
}

/** Neighbours whose middles lie in the same share of the reference; heavy bins are alone by that. */
function evenGroups(reference: Float64Array, groups: number): Uint16Array {
  const target = totalOf(reference) / groups;
  let [group, share, below] = [0, 0, 0];
  return Uint16Array.from(reference, (count) => {
    const middle = Math.floor((below + count / 2) / target);
    below += count;
    if (middle > share) group++;
    share = middle;
    return group;
  });
}

/** Categories too rare for a window of this size join the others; new ones stay alone. */
function frequentCategories(
  { known, places }: Extract<FeatureBins, { kind: 'categorical' }>,
  reference: Float64Array,
  n: number,
): Uint16Array {
  const least = (EXPECTED_MIN * totalOf(reference)) / n;
  const frequent = reference.subarray(0, places.size).filter((count) => count >= least).length;
  let group = 0;
  const of = Uint16Array.from(reference, (count, bin) =>
    bin < places.size && count >= least ? group++ : frequent,
  );
  of[known - 1] = frequent + 1;
  return of;
}

/** Counts of the groups. */
export function grouped(counts: Float64Array, of: Uint16Array): Float64Array {
  const sums = new Float64Array((of.at(-1) ?? 0) + 1);
  of.forEach((group, bin) => {
    sums[group] = (sums[group] as number) + (counts[bin] as number);
  });
  return sums;
}
