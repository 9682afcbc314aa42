import type { Level, MonitoringPolicy, Statistic } from '#domain/gates/monitoring-policy.ts';
import {
  type FeatureBins,
  type FeatureCounts,
  knownCounts,
  missingOf,
} from '#domain/monitoring/statistics/bins.ts';
import {
  chiSquareQuantile,
  chiSquareTail,
  chiSquareTest,
  totalOf,
} from '#domain/monitoring/statistics/chi-square.ts';
import { jensenShannon } from '#domain/monitoring/statistics/js.ts';
import { ksBounds, ksTail } from '#domain/monitoring/statistics/ks.ts';
import {
  greatest,
  levelOf,
  NO_RATIOS,
  type Ratios,
  ratiosOf,
} from '#domain/monitoring/statistics/levels.ts';
import type { FeatureOverdispersion } from '#domain/monitoring/statistics/overdispersion.ts';
import { psi, psiByChance } from '#domain/monitoring/statistics/psi.ts';
import {
  GROUPINGS,
  type Groups,
  grouped,
  grouping,
} from '#domain/monitoring/statistics/regroup.ts';
import { proportionTest } from '#domain/monitoring/statistics/two-proportions.ts';
import { judgedRatios } from './judged-ratios.ts';

/** One feature of a window, beside what the version was judged on. */
export interface Compared {
  readonly bins: FeatureBins;
  readonly reference: FeatureCounts;
  readonly current: FeatureCounts;
  /** How much more than independent rows windows of this length vary. */
  readonly overdispersion: FeatureOverdispersion;
  /** Features and outputs of the model that the same check compares. */
  readonly comparisons: number;
}

/** A statistic, and what it stays below by chance. */
interface Finding {
  readonly value: number;
  readonly chance: number;
  /** Two-sided, where the statistic has one. */
  readonly p?: number;
}

export interface FeatureVerdict {
  readonly outcome: 'STABLE' | 'DRIFT' | 'INSUFFICIENT_DATA';
  readonly level?: Level;
  readonly ratios: Ratios;
  /** Values of the window that are not missing. */
  readonly rows: number;
  readonly missing: Finding & { readonly share: number };
  readonly statistics: Readonly<Partial<Record<Statistic, Finding>>>;
  /** The greatest that the KS distance can be: `ks` is the least. */
  readonly ksMost?: number;
}

/**
 * Whether a feature drifted: a statistic must reach the policy's limit (effect) and what chance
 * explains at alpha over all comparisons (evidence). Missing values are judged by themselves. Below
 * the policy's least sample nothing is concluded.
 */
export function judgeFeature(compared: Compared, policy: MonitoringPolicy): FeatureVerdict {
  const { comparisons, reference, current } = compared;
  // Each feature is judged by its statistics and by its missing values.
  const alpha = policy.alpha / (comparisons * (policy.judgedBy.length + 1));
  const missing = judgeMissing(compared, alpha);
  const rows = totalOf(knownCounts(current));
  const isKnown = rows >= policy.samplesMin && totalOf(knownCounts(reference)) > 0;
  const { statistics, ksMost } = isKnown
    ? compareKnown(compared, rows, alpha, policy)
    : { statistics: {}, ksMost: undefined };
  const ratios = greatest([
    judgedRatios(statistics, policy),
    missingRatios(missing, current, policy),
  ]);
  const level = levelOf(ratios);
  const isJudged = isKnown || missingOf(current).of >= policy.samplesMin;
  const outcome = level ? 'DRIFT' : isJudged ? 'STABLE' : 'INSUFFICIENT_DATA';
  return {
    outcome,
    ...(level && { level }),
    ratios,
    rows,
    missing,
    statistics,
    ...(ksMost !== undefined && { ksMost }),
  };
}

function judgeMissing(
  { reference, current, overdispersion }: Compared,
  alpha: number,
): FeatureVerdict['missing'] {
  const [before, now] = [missingOf(reference), missingOf(current)];
  if (!(before.of > 0 && now.of > 0)) return { value: 0, chance: 0, share: 0, p: 1 };
  const { difference, z, p } = proportionTest(before, now, overdispersion.missing);
  const deviation = z === 0 ? 0 : difference / z;
  const chance = deviation * Math.sqrt(chiSquareQuantile(alpha, 1));
  return { value: Math.abs(difference), chance, p, share: now.hits / now.of };
}

const missingRatios = (
  missing: Finding,
  current: FeatureCounts,
  policy: MonitoringPolicy,
): Ratios =>
  missingOf(current).of < policy.samplesMin
    ? NO_RATIOS
    : ratiosOf(missing.value, policy.missingShare, missing.chance);

function compareKnown(
  { bins, reference, current, overdispersion }: Compared,
  n: number,
  alpha: number,
  policy: MonitoringPolicy,
): Pick<FeatureVerdict, 'statistics' | 'ksMost'> {
  const [p, q] = [knownCounts(reference), knownCounts(current)];
  const m = totalOf(p);
  const at = { m, n, alpha };
  const groups = finestTold(at, overdispersion, policy.psi.warn / 2);
  const of = grouping(bins, p, groups, n);
  const [expected, actual] = [grouped(p, of), grouped(q, of)];
  const inverse = 1 / n + 1 / m;
  const phi = overdispersion[groups];
  const chance = psiByChance({ ...at, bins: expected.length, overdispersion: phi });
  const { statistic, dof } = chiSquareTest(expected, actual);
  const statistics = {
    psi: { value: psi(expected, actual), chance },
    js: { value: jensenShannon(expected, actual), chance: Math.sqrt(chance / (8 * Math.LN2)) },
    chiSquare: {
      value: statistic * inverse,
      chance,
      p: dof === 0 ? 1 : chiSquareTail(statistic / phi, dof),
    },
  };
  if (bins.kind !== 'numeric') return { statistics };
  const { least, most } = ksBounds(p, q);
  // Smirnov's limit of the two-sample distance, 2 exp(−2 d² mn / (m + n)), solved for d.
  const ks = {
    value: least,
    chance: Math.sqrt((Math.log(2 / alpha) / 2) * inverse * overdispersion[2]),
    p: ksTail(least, m / overdispersion[2], n / overdispersion[2]),
  };
  return { statistics: { ...statistics, ks }, ksMost: most };
}

/** The finest grouping of which chance explains little, else the coarsest. */
const finestTold = (
  at: { readonly m: number; readonly n: number; readonly alpha: number },
  overdispersion: FeatureOverdispersion,
  mostByChance: number,
): Groups =>
  GROUPINGS.find(
    (bins) => psiByChance({ ...at, bins, overdispersion: overdispersion[bins] }) <= mostByChance,
  ) ?? 10;
