import type { Check, Json } from '#domain/gates/verdict.ts';
import { type GroupRates, greatestGap, groupRates, leastRatio, type Rate } from './fairness.ts';
import type { Findings, Sliced } from './judge-slices.ts';
import type { PerformancePolicy } from './policy.ts';
import { proportionGap, share } from './proportion-gap.ts';
import { sliceBy } from './slices.ts';

/** Columns here are the protected attributes. */
interface Protected extends Omit<Sliced, 'policy'> {
  readonly policy: Pick<
    PerformancePolicy,
    'sliceRowsMin' | 'selectionRateRatioMin' | 'equalOpportunityGapMax' | 'equalizedOddsGapMax'
  >;
}

/** Groups whose rates the evidence keeps. */
const KEPT = 100;
const ROUNDING = 1e-12;

/**
 * Judges how alike the groups of each protected attribute fare, with class 1 as the favourable
 * answer. Two groups fail a rule when they differ by more than it allows and the interval of the
 * difference, over all pairs, excludes equality, as 29 CFR 1607.4(D) asks for both; differing
 * without that is inconclusive: more rows must tell.
 */
export function judgeFairness(judged: Protected): Findings {
  if (judged.columns.length === 0) return { checks: [NONE], evidence: {} };
  const evidence: Record<string, Json> = {};
  const checks = judged.columns.flatMap((column): readonly Check[] => {
    const check = { id: 'performance.fairness', where: column };
    if (judged.task === 'regression') return [{ ...check, ...REGRESSION }];
    if (judged.task === 'multiclass-classification') return [{ ...check, ...MULTICLASS }];
    const cut = sliceBy(column, judged.table);
    if (!cut.ok) return [{ ...check, verdict: cut.verdict, message: cut.reason }];
    const groups = groupRates(judged.answers, cut.value);
    evidence[column] = ratesOf(groups);
    return RULES.map((rule) => judgeRule(rule, column, groups, judged));
  });
  return { checks, evidence };
}

const NONE: Check = {
  id: 'performance.fairness',
  verdict: 'pass',
  message:
    'not judged: neither manifest nor policy names a protected attribute; approvers decide whether the model needs one',
};
const REGRESSION = {
  verdict: 'inconclusive',
  message:
    'fairness is judged of classes only; take the attribute for a slice, which reports the errors of each group',
} as const;
const MULTICLASS = {
  verdict: 'pass',
  message:
    'of more than two classes none is the favourable one: the groups are judged by accuracy, as slices',
} as const;

interface Rule {
  readonly id: string;
  readonly name: string;
  readonly rates: readonly Rate[];
  readonly limit: (policy: Protected['policy']) => number;
  /** Whether the limit is a least ratio, not a greatest difference. */
  readonly ratio?: true;
  readonly remedy: string;
}

const RULES: readonly Rule[] = [
  {
    id: 'performance.selection-rate',
    name: 'selection rate',
    rates: ['selected'],
    limit: ({ selectionRateRatioMin }) => selectionRateRatioMin,
    ratio: true,
    remedy: 'look for features that stand for the attribute, and for bias in the training labels',
  },
  {
    id: 'performance.equal-opportunity',
    name: 'true-positive rate',
    rates: ['truePositive'],
    limit: ({ equalOpportunityGapMax }) => equalOpportunityGapMax,
    remedy: 'look for bias in the training labels of that group, or add rows of it',
  },
  {
    id: 'performance.equalized-odds',
    name: 'true- or false-positive rate',
    rates: ['truePositive', 'falsePositive'],
    limit: ({ equalizedOddsGapMax }) => equalizedOddsGapMax,
    remedy: 'look for bias in the training labels of that group, or add rows of it',
  },
];

interface Pair {
  readonly better: string;
  readonly worse: string;
  readonly high: number;
  readonly low: number;
  readonly measured: number;
  /** Lower bound of the difference. */
  readonly lower: number;
}

function judgeRule(
  rule: Rule,
  column: string,
  groups: readonly GroupRates[],
  { policy, table, answers: { truth } }: Protected,
): Check {
  const { sliceRowsMin: rowsMin } = policy;
  const check = { id: rule.id, where: column, threshold: rule.limit(policy) };
  const known = rule.rates.map((rate) => groups.filter((group) => group[rate].of >= rowsMin));
  const fewest = Math.min(...known.map((of) => of.length));
  if (fewest < 2) {
    const message = `${rule.name} by ${column} is known of ${fewest} groups with ${rowsMin} rows each in ${table.rows.length}; expected 2 or more: add rows to the evaluation set`;
    return { ...check, verdict: 'inconclusive', message };
  }
  const pairs = rule.rates.flatMap((rate, index) => pairsOf(known[index] ?? [], rate, rule));
  const worst = pairs.toSorted((a, b) => (a.measured - b.measured) * (rule.ratio ? 1 : -1));
  const isBeyond = ({ measured }: Pair): boolean =>
    rule.ratio ? measured < check.threshold - ROUNDING : measured > check.threshold + ROUNDING;
  const beyond = worst.filter(isBeyond);
  const real = beyond.find(({ lower }) => lower > 0);
  const decisive = real ?? worst[0];
  const favourable = truth.kind === 'classes' ? `, ${truth.classes[1]} being favourable` : '';
  const small = Math.max(...known.map((of) => groups.length - of.length));
  const left = small > 0 ? `; ${small} with fewer than ${rowsMin} rows not judged` : '';
  const said = decisive ? told(rule, decisive, column, favourable) : '';
  const observed = worst[0]?.measured ?? 0;
  const allowed = `${rule.ratio ? 'at least' : 'at most'} ${check.threshold} allowed`;
  if (real) {
    const message = `${said}, ${allowed}, and is no chance (${short(real.lower)} apart at least)${left}; ${rule.remedy}`;
    return { ...check, verdict: 'fail', observed, message };
  }
  if (beyond.length > 0) {
    const message = `${said}, ${allowed}, which chance may explain${left}; add rows of both groups to the evaluation set`;
    return { ...check, verdict: 'inconclusive', observed, message };
  }
  return { ...check, verdict: 'pass', observed, message: `${said}, ${allowed}${left}` };
}

function pairsOf(groups: readonly GroupRates[], rate: Rate, { ratio, rates }: Rule): Pair[] {
  const comparisons = (rates.length * groups.length * (groups.length - 1)) / 2;
  return groups.flatMap((one, at) =>
    groups.slice(at + 1).map((other): Pair => {
      const [better, worse] = share(one[rate]) >= share(other[rate]) ? [one, other] : [other, one];
      const { gap, lower } = proportionGap(better[rate], worse[rate], comparisons);
      const measured = ratio ? leastRatio([better[rate], worse[rate]]) : gap;
      const [high, low] = [share(better[rate]), share(worse[rate])];
      return { better: better.group, worse: worse.group, high, low, measured, lower };
    }),
  );
}

const told = ({ name, ratio }: Rule, pair: Pair, column: string, favourable: string): string =>
  `${name} ${short(pair.low)} where ${column} is ${pair.worse} is ${short(pair.measured)} ${ratio ? '×' : 'below'} the ${short(pair.high)} where it is ${pair.better}${favourable}`;

function ratesOf(groups: readonly GroupRates[]): Json {
  const of = (rate: Rate) => groups.map((group) => group[rate]);
  return {
    selectionRateRatio: leastRatio(of('selected')),
    selectionRateGap: greatestGap(of('selected')),
    groups: groups.slice(0, KEPT).map(({ group, ...rates }) => ({
      group,
      ...(rates as unknown as Record<string, Json>),
    })),
    groupCount: groups.length,
  };
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
