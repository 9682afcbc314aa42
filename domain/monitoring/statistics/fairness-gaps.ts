import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import {
  type GroupRates,
  greatestGap,
  leastRatio,
  type Rate,
} from '#domain/gates/performance/fairness.ts';
import { chiSquareQuantile } from './chi-square.ts';
import { proportionTest } from './two-proportions.ts';

export interface FairnessGaps {
  readonly outcome: 'FAIR' | 'UNFAIR' | 'INSUFFICIENT_DATA';
  /** Greatest difference of selection rates; undefined with fewer than two groups judged. */
  readonly parityGap?: number;
  /** Least selection rate over the greatest: below 0.8 is disparate impact. */
  readonly selectionRateRatio?: number;
  /** Greatest difference of true- or of false-positive rates. */
  readonly equalizedOddsGap?: number;
  /** Groups with too few rows to be judged. */
  readonly small: readonly string[];
}

type Settings = Pick<
  MonitoringPolicy,
  'alpha' | 'groupRowsMin' | 'parityGapMax' | 'selectionRateRatioMin' | 'equalizedOddsGapMax'
>;

/**
 * How alike the groups of a protected attribute fared in a window. Unfair is a gap beyond the
 * policy's and beyond chance, over all pairs of groups; odds need ground truth, selection does not.
 */
export function fairnessGaps(groups: readonly GroupRates[], policy: Settings): FairnessGaps {
  const known = (rate: Rate) => groups.filter((group) => group[rate].of >= policy.groupRowsMin);
  const small = groups.filter(({ selected }) => selected.of < policy.groupRowsMin);
  const of = (rate: Rate) => known(rate).map((group) => group[rate]);
  const odds = (['truePositive', 'falsePositive'] as const).filter((rate) => of(rate).length > 1);
  const selected = of('selected');
  const judged = selected.length > 1;
  const parityGap = judged ? greatestGap(selected) : undefined;
  const ratio = judged ? leastRatio(selected) : undefined;
  const oddsGap =
    odds.length > 0 ? Math.max(...odds.map((rate) => greatestGap(of(rate)))) : undefined;
  const unfairSelection =
    judged &&
    ((parityGap ?? 0) > policy.parityGapMax || (ratio ?? 1) < policy.selectionRateRatioMin) &&
    isReal(known('selected'), 'selected', policy.alpha);
  const unfairOdds = odds.some(
    (rate) =>
      greatestGap(of(rate)) > policy.equalizedOddsGapMax && isReal(known(rate), rate, policy.alpha),
  );
  const outcome = judged || odds.length > 0 ? 'FAIR' : 'INSUFFICIENT_DATA';
  return {
    outcome: unfairSelection || unfairOdds ? 'UNFAIR' : outcome,
    ...(parityGap !== undefined && { parityGap }),
    ...(ratio !== undefined && { selectionRateRatio: ratio }),
    ...(oddsGap !== undefined && { equalizedOddsGap: oddsGap }),
    small: small.map(({ group }) => group),
  };
}

/** Whether the groups that lie furthest apart differ by more than chance over all pairs. */
function isReal(groups: readonly GroupRates[], rate: Rate, alpha: number): boolean {
  const pairs = (groups.length * (groups.length - 1)) / 2;
  const limit = Math.sqrt(chiSquareQuantile(alpha / pairs, 1));
  const ascending = groups
    .map((group) => group[rate])
    .toSorted((a, b) => a.hits / a.of - b.hits / b.of);
  const [least, most] = [ascending[0], ascending.at(-1)];
  return (
    least !== undefined && most !== undefined && Math.abs(proportionTest(least, most).z) > limit
  );
}
