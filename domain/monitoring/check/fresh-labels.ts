import { totalOf } from '#domain/monitoring/statistics/chi-square.ts';
import { sumTruth } from '#domain/monitoring/truth/labelled.ts';
import { type GroupTruth, NO_TRUTH, type TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import { keptNames } from './kept-names.ts';
import { countsSince } from './served.ts';
import { DAY_HOURS } from './windows.ts';

/** The labelled rows that checks have judged by: none moves an alarm twice. */
export interface TakenLabels {
  /** What was taken of answers of a day, by days since 1970: of whole days that are still read. */
  readonly days: Readonly<Record<string, TruthSums>>;
  /** Rows that were, by hour of the answers. */
  readonly rows: Readonly<Record<string, number>>;
  /** Those of them whose probability was judged; fewer, as they wait until there are enough. */
  readonly told?: Readonly<Record<string, number>>;
}

/** Labelled rows that no check has judged by yet. */
export interface FreshLabels {
  readonly sums: TruthSums;
  /** Hours of the answers that have any, and those that have any with a probability. */
  readonly hours: number;
  readonly toldHours: number;
  /** Groups of a day that a state has no room for. */
  readonly groupsLeftOut: number;
  /** What is taken once these are judged. */
  readonly taken: TakenLabels;
}

/**
 * What came of labels since the last check that judged by them. It is told by days, since a state has
 * no room for the sums of every hour: the oldest day, of which not all hours are read, counts no more.
 *
 * @param from first hour that is read
 * @param classes that the version was judged on
 */
export function freshLabels(
  truths: ReadonlyMap<number, TruthSums>,
  known: TakenLabels | undefined,
  from: number,
  classes: readonly string[] = [],
): FreshLabels {
  const days: Record<string, TruthSums> = {};
  const rows: Record<string, number> = {};
  const told: Record<string, number> = {};
  let [hours, toldHours] = [0, 0];
  for (const [hour, truth] of truths) {
    const day = Math.floor(hour / DAY_HOURS);
    if (day * DAY_HOURS < from) continue;
    days[day] = sumTruth(days[day] ?? NO_TRUTH, truth);
    rows[hour] = truth.rows;
    told[hour] = totalOf(truth.scored.counts);
    if (truth.rows > (known?.rows[hour] ?? 0)) hours++;
    if (told[hour] > (known?.told?.[hour] ?? 0)) toldHours++;
  }
  let groupsLeftOut = 0;
  for (const [day, all] of Object.entries(days)) {
    const kept = keptNames(all, known?.days[day], classes);
    days[day] = kept.sums;
    groupsLeftOut += kept.groupsLeftOut;
  }
  const sums = Object.entries(days)
    .map(([day, now]) => truthSince(now, known?.days[day] ?? NO_TRUTH))
    .reduce(sumTruth, NO_TRUTH);
  return { sums, hours, toldHours, groupsLeftOut, taken: { days, rows, told } };
}

/** The same, but that probabilities stay to be judged with those that come. */
export const withoutTold = (
  { days, rows }: TakenLabels,
  known: TakenLabels | undefined,
): TakenLabels => ({
  days: Object.fromEntries(
    Object.entries(days).map(([day, sums]) => [
      day,
      { ...sums, scored: known?.days[day]?.scored ?? NO_TRUTH.scored },
    ]),
  ),
  rows,
  ...(known?.told && { told: known.told }),
});

/** Sums of a day only grow. */
const truthSince = (now: TruthSums, before: TruthSums): TruthSums => ({
  rows: Math.max(0, now.rows - before.rows),
  score: now.score - before.score,
  squares: Math.max(0, now.squares - before.squares),
  labels: countsSince(now.labels, before.labels),
  scored: {
    counts: less(now.scored.counts, before.scored.counts),
    sums: less(now.scored.sums, before.scored.sums),
    hits: less(now.scored.hits, before.scored.hits),
  },
  groups: now.groups.map((group) =>
    groupSince(
      group,
      before.groups.find((one) => one.attribute === group.attribute && one.group === group.group),
    ),
  ),
});

const less = (now: readonly number[], before: readonly number[]): readonly number[] =>
  now.map((value, i) => Math.max(0, value - (before[i] ?? 0)));

const groupSince = (now: GroupTruth, before: GroupTruth | undefined): GroupTruth =>
  before
    ? {
        ...now,
        rows: Math.max(0, now.rows - before.rows),
        selected: Math.max(0, now.selected - before.selected),
        positives: Math.max(0, now.positives - before.positives),
        truePositives: Math.max(0, now.truePositives - before.truePositives),
        falsePositives: Math.max(0, now.falsePositives - before.falsePositives),
        score: now.score - before.score,
      }
    : now;
