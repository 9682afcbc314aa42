import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import type { GroupRates } from '#domain/gates/performance/fairness.ts';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { chiSquareQuantile } from '#domain/monitoring/statistics/chi-square.ts';
import { type FairnessGaps, fairnessGaps } from '#domain/monitoring/statistics/fairness-gaps.ts';
import { proportionTest } from '#domain/monitoring/statistics/two-proportions.ts';
import type { GroupTruth } from '#domain/monitoring/truth/truth-sums.ts';
import { reachesUpTo } from './reached.ts';
import { NOTHING_FOUND, type SectionFindings } from './section.ts';

type Attributes = NonNullable<DriftReport['fairness']>;
type Attribute = Attributes[number];

export interface GroupSettings {
  readonly monitoring: MonitoringPolicy;
  readonly performance: {
    readonly protectedAttributes: readonly string[];
    readonly sliceAccuracyGapMax: number;
  };
}

/**
 * How groups of labelled rows fare. Those of protected attributes are judged, by the answers they get;
 * those of others are cohorts, of which the report says where one is answered worse.
 *
 * @param isTwoClass whether there is a favourable answer: without one all attributes are cohorts
 */
export function judgeGroups(
  all: readonly GroupTruth[],
  { monitoring, performance }: GroupSettings,
  isTwoClass: boolean,
): SectionFindings<Pick<DriftReport, 'fairness'>> {
  const attributes = [...new Set(all.map(({ attribute }) => attribute))].sort();
  if (attributes.length === 0) return NOTHING_FOUND;
  const found = attributes.map((attribute) => {
    const groups = all.filter((group) => group.attribute === attribute);
    const isProtected = performance.protectedAttributes.includes(attribute);
    const gaps =
      isProtected && isTwoClass ? fairnessGaps(groups.map(ratesOf), monitoring) : undefined;
    return {
      ratio: gaps && ratioOf(gaps, monitoring),
      section: {
        attribute,
        ...(gaps ?? cohorts(groups, monitoring, performance.sliceAccuracyGapMax)),
        groups: groups.map((group) => shown(group, isTwoClass)),
      },
    };
  });
  const ratios = found.flatMap(({ ratio }) => (ratio === undefined ? [] : [ratio]));
  return {
    sections: { fairness: found.map(({ section }) => ({ ...section, small: [...section.small] })) },
    strands:
      ratios.length === 0 ? {} : { fairness: { labels: reachesUpTo('page', Math.max(...ratios)) } },
    notes: [],
  };
}

const ratesOf = (group: GroupTruth): GroupRates => ({
  group: group.group,
  selected: { hits: group.selected, of: group.rows },
  truePositive: { hits: group.truePositives, of: group.positives },
  falsePositive: { hits: group.falsePositives, of: group.rows - group.positives },
});

const shown = (
  { group, rows, selected, score }: GroupTruth,
  isTwoClass: boolean,
): Attribute['groups'][number] => ({
  group,
  rows,
  ...(rows > 0 && isTwoClass && { selected: selected / rows }),
  ...(rows > 0 && { score: score / rows }),
});

/** The greatest gap over its limit; below 1 where chance explains it. */
function ratioOf(
  { outcome, parityGap, selectionRateRatio, equalizedOddsGap }: FairnessGaps,
  { parityGapMax, selectionRateRatioMin, equalizedOddsGapMax }: MonitoringPolicy,
): number | undefined {
  if (outcome === 'INSUFFICIENT_DATA') return undefined;
  const ratio = Math.max(
    over(parityGap ?? 0, parityGapMax),
    // By how far it lies below 1, where groups fare alike: there the alarm has to clear.
    over(1 - (selectionRateRatio ?? 1), 1 - selectionRateRatioMin),
    over(equalizedOddsGap ?? 0, equalizedOddsGapMax),
  );
  return outcome === 'UNFAIR' ? Math.max(1, ratio) : Math.min(BELOW, ratio);
}

const BELOW = 0.99;
/** A limit of 0 is exceeded by anything; a ratio that JSON has no place for helps nobody. */
const MOST = 1000;
const over = (value: number, limit: number): number =>
  value === 0 ? 0 : Math.min(MOST, value / Math.max(limit, value / MOST));

/** Whether a cohort's answers are worse than those of all others, beyond the limit and chance. */
function cohorts(
  groups: readonly GroupTruth[],
  { alpha, groupRowsMin }: MonitoringPolicy,
  gapMax: number,
): Pick<Attribute, 'outcome'> & { readonly small: readonly string[] } {
  const isLarge = ({ rows }: GroupTruth): boolean => rows >= groupRowsMin;
  const small = groups.filter((group) => !isLarge(group)).map(({ group }) => group);
  const judged = groups.filter(isLarge);
  if (judged.length < 2) return { outcome: 'INSUFFICIENT_DATA', small };
  const limit = Math.sqrt(chiSquareQuantile(Math.min(0.999, alpha / judged.length), 1));
  const rows = judged.reduce((sum, group) => sum + group.rows, 0);
  const score = judged.reduce((sum, group) => sum + group.score, 0);
  const isWorse = (group: GroupTruth): boolean => {
    // Sums of absolute errors are no proportions: only right and wrong answers compare like this.
    if (group.score < 0) return false;
    const others = { hits: score - group.score, of: rows - group.rows };
    const { difference, z } = proportionTest(others, { hits: group.score, of: group.rows });
    return -difference > gapMax && -z > limit;
  };
  return { outcome: judged.some(isWorse) ? 'UNFAIR' : 'FAIR', small };
}
