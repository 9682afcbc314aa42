import { mergeNumbers } from '#domain/monitoring/capture/seen.ts';
import { DAY_HOURS, type HourRange } from '#domain/monitoring/check/windows.ts';
import { type GroupTruth, NO_TRUTH, type TruthSums } from './truth-sums.ts';

/** Labelled rows of the latest hours together. */
export interface Labelled {
  readonly hours: HourRange;
  readonly sums: TruthSums;
}

/**
 * The latest labelled rows: of a day, or of as many hours more as it takes for `rowsMin`, since labels
 * come late. Hours are those of the answers.
 *
 * @param to the hour after the last one
 */
export function latestLabelled(
  truths: ReadonlyMap<number, TruthSums>,
  to: number,
  rowsMin: number,
): Labelled {
  const oldest = Math.min(to, ...truths.keys());
  let [from, sums] = [to, NO_TRUTH];
  while (from > oldest && (to - from < DAY_HOURS || sums.rows < rowsMin)) {
    from--;
    const hour = truths.get(from);
    if (hour) sums = sumTruth(sums, hour);
  }
  return { hours: { from, to }, sums };
}

/** Both together. */
export const sumTruth = (one: TruthSums, other: TruthSums): TruthSums => ({
  rows: one.rows + other.rows,
  score: one.score + other.score,
  squares: one.squares + other.squares,
  labels: mergeNumbers(one.labels, other.labels),
  scored: {
    counts: sumLists(one.scored.counts, other.scored.counts),
    sums: sumLists(one.scored.sums, other.scored.sums),
    hits: sumLists(one.scored.hits, other.scored.hits),
  },
  groups: sumGroups([...one.groups, ...other.groups]),
});

const sumLists = (one: readonly number[], other: readonly number[]): readonly number[] =>
  Array.from(
    { length: Math.max(one.length, other.length) },
    (_, i) => (one[i] ?? 0) + (other[i] ?? 0),
  );

function sumGroups(all: readonly GroupTruth[]): readonly GroupTruth[] {
  const sums = new Map<string, GroupTruth>();
  for (const one of all) {
    const key = JSON.stringify([one.attribute, one.group]);
    const known = sums.get(key);
    sums.set(key, known ? sumGroup(known, one) : one);
  }
  return [...sums.values()];
}

const sumGroup = (one: GroupTruth, other: GroupTruth): GroupTruth => ({
  ...one,
  rows: one.rows + other.rows,
  selected: one.selected + other.selected,
  positives: one.positives + other.positives,
  truePositives: one.truePositives + other.truePositives,
  falsePositives: one.falsePositives + other.falsePositives,
  score: one.score + other.score,
});
