import {
  type MonitoringPolicy,
  DEFAULT_MONITORING_POLICY as POLICY,
} from '#domain/gates/monitoring-policy.ts';
import { makeProfile } from '#domain/gates/performance/make-profile.ts';
import { gaussian } from '#domain/gates/random.ts';
import { NOTHING_SEEN, type Seen } from '#domain/monitoring/capture/seen.ts';
import { columnComparison } from '#domain/monitoring/check/compare-column.ts';
import { comparePairs } from '#domain/monitoring/check/compare-pairs.ts';
import { judgeFeature } from '#domain/monitoring/check/judge-feature.ts';
import { type Reference, referenceOf } from '#domain/monitoring/check/reference.ts';
import {
  countNumber,
  type FeatureCounts,
  noCounts,
  placeOfNumber,
} from '#domain/monitoring/statistics/bins.ts';
import { INDEPENDENT_ROWS } from '#domain/monitoring/statistics/overdispersion.ts';
import { countPair } from '#domain/monitoring/statistics/pair-bins.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import type { Random } from '../random.ts';
import { NOMINAL, REFERENCE, SOME, type Trial } from './trial.ts';

const FEATURES = 4;
const SHA = hashOf('profile');
/** What a check of twenty features, their pairs and the answers compares. */
const COMPARISONS = 2 * (20 + 16 + 2);

/** Normal features, of which the second depends on the first. */
interface Rows {
  readonly correlation: number;
  /** Of the first feature. */
  readonly shift?: number;
  readonly spread?: number;
}

function columnsOf(rows: number, { correlation, shift = 0, spread = 1 }: Rows, random: Random) {
  const columns = Array.from({ length: FEATURES }, () => new Float64Array(rows));
  const [first = new Float64Array(), second = new Float64Array()] = columns;
  for (let row = 0; row < rows; row++) {
    for (const column of columns) column[row] = gaussian(random);
    const own = Math.sqrt(1 - correlation ** 2) * (second[row] as number);
    second[row] = correlation * (first[row] as number) + own;
    first[row] = shift + spread * (first[row] as number);
  }
  return columns;
}

function newReference(correlation: number, random: Random): Reference {
  const columns = columnsOf(REFERENCE, { correlation }, random);
  const none = { kind: 'values', values: new Float64Array(1) } as const;
  const profile = makeProfile({
    rows: REFERENCE,
    columns: columns.map((values, i) => () => ({
      name: `${i}`,
      input: 'x',
      kind: 'numeric',
      values,
    })),
    answers: { truth: none, predictions: none },
  });
  return referenceOf(profile, SHA);
}

function seenOf({ features, pairs }: Reference, columns: readonly Float64Array[]): Seen {
  const counts = features.map(({ bins }) => noCounts(bins));
  const pairCounts = pairs.map(({ bins }) => noCounts(bins));
  const places = features.map(({ bins }, i) =>
    Array.from(columns[i] ?? [], (value) => {
      countNumber(bins, counts[i] as FeatureCounts, value);
      return placeOfNumber(bins, value);
    }),
  );
  pairs.forEach(({ pair }, i) => {
    const [first = [], second = []] = pair.of.map((at) => places[at]);
    for (const [row, place] of first.entries()) {
      countPair(pair, pairCounts[i] as FeatureCounts, place, second[row] as number);
    }
  });
  return { ...NOTHING_SEEN, profile: SHA, counted: 1, features: counts, pairs: pairCounts };
}

/** 1 when the dependence of any two is said to have changed, as a check says it. */
function changes(
  reference: Reference,
  rows: number,
  shape: Rows,
  random: Random,
  policy: MonitoringPolicy = POLICY,
  comparisons = COMPARISONS,
): number {
  const seen = seenOf(reference, columnsOf(rows, shape, random));
  const compare = columnComparison(() => INDEPENDENT_ROWS, comparisons);
  const outcomes = reference.features.map((column) => {
    const compared = compare(column, seen);
    return compared && judgeFeature(compared, policy).outcome;
  });
  const found = comparePairs(reference, seen, outcomes, compare, policy);
  return Number(found?.outcome === 'DRIFT');
}

/** All six pairs of four features together, by evidence alone. */
export const nominalPairs = (rows: number, correlation: number): Trial => ({
  name: `six pairs of four features, one of correlation ${correlation}, ${rows} rows, evidence at 1 % of each model`,
  bar: 'false alarm',
  trials: SOME,
  run: (random) => {
    const policy = { ...NOMINAL, alpha: 0.02 };
    return changes(newReference(correlation, random), rows, { correlation }, random, policy, 6);
  },
});

/** The first of two like features moves by itself, by less than drift: their dependence does not. */
export const movedAlone = (correlation: number, moved: Omit<Rows, 'correlation'>): Trial => ({
  name: `dependence, where one of two features of correlation ${correlation} ${moved.shift ? `shifts by ${moved.shift}` : `spreads by ${moved.spread}`}, 5,000 rows`,
  bar: 'false alarm',
  trials: SOME,
  run: (random) =>
    changes(newReference(correlation, random), 5000, { correlation, ...moved }, random),
});

/** Every feature is distributed as before: only how two of them go together is not. */
export const turned = (from: number, to: number, rows: number, outside?: string): Trial => ({
  name: `two features whose correlation turns from ${from} to ${to}, ${rows} rows`,
  bar: 'power',
  trials: SOME,
  ...(outside !== undefined && { outside }),
  run: (random) => changes(newReference(from, random), rows, { correlation: to }, random),
});
