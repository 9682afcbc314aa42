import { type FeatureBins, type FeatureCounts, knownCounts } from './bins.ts';
import { totalOf } from './chi-square.ts';
import { type Groups, grouped, grouping } from './regroup.ts';

/**
 * How much more than independent rows a feature's windows vary, by how finely they are grouped: a
 * cycle moves few groups more than many. 2 is for distribution functions, which a half moves most.
 */
export type FeatureOverdispersion = Readonly<Record<Groups | 2 | 'missing', number>>;

export const INDEPENDENT_ROWS: FeatureOverdispersion = {
  60: 1,
  30: 1,
  20: 1,
  10: 1,
  2: 1,
  missing: 1,
};

/**
 * What the quiet windows of a feature teach; windows that drifted are not among them.
 *
 * @param reference its own counts, which are grouped like the windows
 * @param windows as long as those that are judged with it, of some days
 */
export function learnOverdispersion(
  bins: FeatureBins,
  reference: FeatureCounts,
  windows: readonly FeatureCounts[],
): FeatureOverdispersion {
  const known = windows.map(knownCounts);
  const rows = known.map(totalOf);
  const average = rows.reduce((sum, count) => sum + count, 0) / Math.max(1, rows.length);
  const at = (groups: number): number => {
    const of = grouping(bins, knownCounts(reference), groups, Math.max(1, average));
    return overdispersion(known.map((counts) => grouped(counts, of))) ?? 1;
  };
  const missing = windows.map(({ counts }, i) => [rows[i] ?? 0, counts.at(-1) ?? 0]);
  return {
    60: at(60),
    30: at(30),
    20: at(20),
    10: at(10),
    2: at(2),
    missing: overdispersion(missing) ?? 1,
  };
}

/**
 * How many times as much as independent rows the counts of quiet windows vary among each other:
 * Pearson's χ² over its degrees of freedom (McCullagh and Nelder 1989, 4.5), and at least 1. Users
 * who ask five times make it about five; a daily cycle raises it too, so that windows shorter than
 * a day do not find the hour.
 *
 * @param windows counts over the same bins, of windows as long as those that are judged with it
 * @returns undefined of fewer than two windows with rows, or of a single bin
 */
export function overdispersion(windows: readonly ArrayLike<number>[]): number | undefined {
  const filled = windows.map((counts) => ({ counts, rows: totalOf(counts) }));
  const used = filled.filter(({ rows }) => rows > 0);
  const total = used.reduce((sum, { rows }) => sum + rows, 0);
  let [statistic, bins] = [0, 0];
  for (let bin = 0; bin < (used[0]?.counts.length ?? 0); bin++) {
    const all = used.reduce((sum, { counts }) => sum + (counts[bin] as number), 0);
    if (all === 0) continue;
    bins++;
    for (const { counts, rows } of used) {
      const expected = (all * rows) / total;
      statistic += ((counts[bin] as number) - expected) ** 2 / expected;
    }
  }
  const dof = (used.length - 1) * (bins - 1);
  return used.length > 1 && bins > 1 ? Math.max(1, statistic / dof) : undefined;
}

/**
 * Kish's design effect (1965) when all rows of a unit are alike: the most that units of several
 * rows can inflate a variance by.
 *
 * @param rows of each unit
 */
export function designEffect(rows: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < rows.length; i++) squares += (rows[i] as number) ** 2;
  const total = totalOf(rows);
  return total > 0 ? squares / total : 1;
}
