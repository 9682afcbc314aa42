import type * as z from 'zod/mini';
import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import {
  categoricalDistribution,
  numericDistribution,
} from '#domain/gates/performance/distribution.ts';
import { gaussian, mulberry32 } from '#domain/gates/random.ts';
import { columnComparison } from '#domain/monitoring/check/compare-column.ts';
import { comparePairs } from '#domain/monitoring/check/compare-pairs.ts';
import { judgeInputs } from '#domain/monitoring/check/judge-inputs.ts';
import { referenceOf } from '#domain/monitoring/check/reference.ts';
import { comparedReport } from '#domain/monitoring/report/compared-report.ts';
import {
  type ComparedReport,
  DriftReport,
  type WindowReport,
} from '#domain/monitoring/report/drift-report.ts';
import {
  binsOf,
  countCategory,
  countNumber,
  noCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { INDEPENDENT_ROWS } from '#domain/monitoring/statistics/overdispersion.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { following, pairsSeen, profileOf } from './paired-world.ts';

const REFERENCE_ROWS = 3000;
const COLOURS = ['red', 'green', 'blue', 'violet'];

export interface Story {
  readonly features: number;
  /** Of these the mean shifts. */
  readonly drifted: number;
  /** In deviations. */
  readonly shift?: number;
  readonly rows?: number;
  readonly checks?: number;
  /** Correlation of two features that had one of 0.8; none are watched together unless given. */
  readonly correlation?: number;
  /** Of a feature. */
  readonly nameOf?: (index: number) => string;
}

/** A report as a check would write it, of random rows that are judged for real. */
export function storyOf(story: Story): DriftReport {
  const random = mulberry32(7);
  const { checks = 28, rows = 1500 } = story;
  const windows = [6, 24].map((hours) => windowOf(hours, (rows * hours) / 6, story, random));
  const names = windows[0]?.features.map(({ name }) => name) ?? [];
  const at = (check: number) => new Date(Date.UTC(2026, 10, 14, 6 * check)).toISOString();
  const isDrift = windows.some(({ inputs }) => inputs.outcome === 'DRIFT');
  const ratios = windows[0]?.inputs.ratios ?? { warn: 0, retrain: 0, page: 0, critical: 0 };
  const raised = isDrift ? ('page' as const) : null;
  return DriftReport.parse({
    schema: 'assay.drift-report/v1',
    id: '019aa8c1-6a52-7ccc-8000-2f6d3b1c9e11',
    kinds: ['drift', 'performance', 'health'],
    tenant: 'default',
    model: 'breast-cancer',
    version: '1.2.0',
    digest: 'ab'.repeat(32),
    at: at(checks),
    reference: { sha256: 'cd'.repeat(32), rows: REFERENCE_ROWS },
    windows,
    history: Array.from({ length: checks }, (_, check) => ({
      at: at(check + 1),
      hours: 6,
      ratios: Object.fromEntries(
        names.map((name, i) => [
          name,
          i < story.drifted && check > checks / 2 ? 1.2 + random() : 0.2 + 0.5 * random(),
        ]),
      ),
    })),
    accuracy: {
      measured: drop(0.914, 0.951, 412),
      estimated: drop(0.9, 0.951, 6000),
    },
    calibration: { outcome: 'STABLE', error: 0.031, limit: 0.08, rows: 412 },
    fairness: [
      {
        attribute: 'site',
        outcome: 'UNFAIR',
        parityGap: 0.17,
        selectionRateRatio: 0.71,
        small: ['island'],
        groups: [
          { group: 'north', rows: 220, selected: 0.41, score: 0.93 },
          { group: 'south', rows: 180, selected: 0.58, score: 0.9 },
          { group: 'island', rows: 12 },
        ],
      },
    ],
    concept: { outcome: 'STABLE', rise: 12.3, limit: 150, warning: false, rows: 412 },
    service: {
      hours: 1,
      requests: 1200,
      errorRate: 0.0042,
      failures: { timeout: 4, internal: 1 },
      cacheHitShare: 0.34,
      latencyMs: { p50: 3.1, p95: 8.4, p99: 22 },
      trafficDeviation: 0.12,
    },
    dataset: { outcome: 'CURRENT', ageDays: 41, maxAgeDays: 365 },
    alarms: [
      {
        watched: 'input-drift',
        outcome: isDrift ? 'DRIFT' : 'STABLE',
        ratios,
        raised,
        change: isDrift ? 'escalated' : 'none',
      },
      {
        watched: 'errors',
        outcome: 'STABLE',
        ratios: { warn: 0.04, retrain: 0.04, page: 0.04, critical: 0.04 },
        raised: null,
        change: 'none',
      },
    ],
    consequences: isDrift
      ? (['warn', 'propose-retraining', 'page', 'block-promotion'] as const).map((consequence) => ({
          watched: 'input-drift' as const,
          consequence,
        }))
      : [],
    notes: ['Labels of 38 % of the rows have not come yet.'],
  } satisfies z.input<typeof DriftReport>);
}

const drop = (now: number, reference: number, rows: number) => ({
  outcome: 'DRIFT' as const,
  level: 'retrain' as const,
  ratios: { warn: 1.85, retrain: 1.23, page: 0.74, critical: 0.37 },
  drop: reference - now,
  chance: 0.021,
  rows,
  now,
  reference,
});

function windowOf(
  hours: number,
  rows: number,
  { features, drifted, shift = 0.6, nameOf = (i) => `input/feature_${i}`, correlation }: Story,
  random: () => number,
): WindowReport {
  const compared = Array.from({ length: features }, (_, i) => {
    const moved = i < drifted ? shift : 0;
    return i % 5 === 4
      ? categorical(nameOf(i), rows, moved, features, random)
      : numeric(nameOf(i), rows, moved, features, random);
  }).sort((a, b) => b.ratios.warn - a.ratios.warn);
  return {
    hours,
    from: new Date(Date.UTC(2026, 10, 21, -hours)).toISOString(),
    to: '2026-11-21T00:00:00.000Z',
    requests: rows,
    rows,
    counted: rows,
    inputs: judgeInputs(
      compared.map((one) => ({ name: one.name, verdict: one })),
      POLICY,
    ),
    features: compared,
    ...(correlation !== undefined && { dependence: dependenceOf(rows, correlation) }),
    answers: categorical('answers', rows, 0, features, random),
    labels: categorical('labels', rows, 0, features, random),
  };
}

const paired = referenceOf(profileOf(following(1)(REFERENCE_ROWS, 0.8)), 'cd'.repeat(32) as Digest);

function dependenceOf(rows: number, correlation: number): WindowReport['dependence'] {
  const seen = pairsSeen(paired, following(2)(rows, correlation));
  // The last feature drifted by itself.
  const outcomes = paired.features.map((_, i) =>
    i === paired.features.length - 1 ? ('DRIFT' as const) : ('STABLE' as const),
  );
  const compare = columnComparison(() => INDEPENDENT_ROWS, 10);
  return comparePairs(paired, seen, outcomes, compare, POLICY);
}

function numeric(
  name: string,
  rows: number,
  shift: number,
  comparisons: number,
  random: () => number,
): ComparedReport {
  const reference = numericDistribution(
    Array.from({ length: REFERENCE_ROWS }, () => gaussian(random)),
  );
  const bins = binsOf(reference);
  const current = noCounts(bins);
  for (let i = 0; i < rows; i++) {
    countNumber(bins, current, random() < 0.01 ? Number.NaN : gaussian(random) + shift);
  }
  return comparedReport(
    name,
    {
      bins,
      reference: referenceCounts(reference),
      current,
      overdispersion: INDEPENDENT_ROWS,
      comparisons,
    },
    POLICY,
  );
}

function categorical(
  name: string,
  rows: number,
  shift: number,
  comparisons: number,
  random: () => number,
): ComparedReport {
  const draw = (chance: number) =>
    COLOURS[random() < chance ? 3 : Math.floor(3 * random())] ?? 'red';
  const reference = categoricalDistribution(
    Array.from({ length: REFERENCE_ROWS }, () => draw(0.1)),
  );
  const bins = binsOf(reference);
  const current = noCounts(bins);
  for (let i = 0; i < rows; i++) countCategory(bins, current, draw(0.1 + shift / 2));
  return comparedReport(
    name,
    {
      bins,
      reference: referenceCounts(reference),
      current,
      overdispersion: INDEPENDENT_ROWS,
      comparisons,
    },
    POLICY,
  );
}
