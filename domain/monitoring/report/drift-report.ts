import * as z from 'zod/mini';
import { LEVELS } from '#domain/gates/monitoring-policy.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { Sha256 } from '#domain/signing/statement.ts';

const Count = z.number().check(z.nonnegative());
const Outcome = z.enum(['STABLE', 'DRIFT', 'INSUFFICIENT_DATA']);
const Level = z.enum(LEVELS);
const Ratios = z.strictObject({ warn: Count, retrain: Count, page: Count, critical: Count });

/** A statistic, what it stays below by chance, and its p-value where it has one. */
const Finding = z.strictObject({
  value: z.number(),
  chance: z.number(),
  p: z.optional(z.number()),
});

/** Shares of groups of neighbouring bins, at most 20, to be laid over each other. */
const Shape = z.strictObject({
  labels: z.array(z.string()),
  reference: z.array(Count),
  current: z.array(Count),
});

/** A feature, the answers or the true labels of a window, beside the reference. */
export const ComparedReport = z.strictObject({
  /** `input/name` of a feature. */
  name: z.string(),
  outcome: Outcome,
  level: z.optional(Level),
  ratios: Ratios,
  rows: Count,
  missing: z.strictObject({
    value: z.number(),
    chance: z.number(),
    share: z.number(),
    p: z.optional(z.number()),
  }),
  statistics: z.strictObject({
    psi: z.optional(Finding),
    js: z.optional(Finding),
    ks: z.optional(Finding),
    chiSquare: z.optional(Finding),
  }),
  /** Greatest that the KS distance can be: counters know it from below and above. */
  ksMost: z.optional(z.number()),
  shape: z.optional(Shape),
});
export type ComparedReport = z.infer<typeof ComparedReport>;

/** Two features by how far the one lies in its column beyond the other in its own, in deviations. */
const PairReport = z.extend(ComparedReport, {
  /** `input/name` of each. */
  features: z.array(z.string()),
  /** In the reference. */
  correlation: z.number(),
  /** How far the difference moved, in deviations (Wasserstein), */
  distance: Count,
  /** and how far it can have moved with the two features if they depend on each other as before. */
  explained: Count,
  /** Those of the two that drifted by themselves. */
  moved: z.array(z.string()),
});
export type PairReport = z.infer<typeof PairReport>;

const WindowReport = z.strictObject({
  hours: z.number().check(z.positive()),
  /** ISO 8601, UTC. */
  from: z.string(),
  to: z.string(),
  requests: Count,
  rows: Count,
  /** Rows whose features were counted. */
  counted: Count,
  inputs: z.strictObject({
    outcome: Outcome,
    level: z.optional(Level),
    ratios: Ratios,
    driftedShare: Count,
    /** Greatest ratio of any feature to what warns. */
    greatestRatio: Count,
    /** Names, the gravest first. */
    drifted: z.array(z.string()),
  }),
  /** The gravest first. */
  features: z.array(ComparedReport),
  /** Absent where no pairs of features were counted. */
  dependence: z.optional(
    z.strictObject({
      outcome: Outcome,
      level: z.optional(Level),
      ratios: Ratios,
      /** Pairs that were judged: not those of which a feature that drifted explains the change. */
      judged: Count,
      /** Names of the pairs whose dependence changed, the gravest first. */
      drifted: z.array(z.string()),
      /** All pairs, the gravest first. */
      pairs: z.array(PairReport),
    }),
  ),
  answers: z.optional(ComparedReport),
  labels: z.optional(ComparedReport),
});
export type WindowReport = z.infer<typeof WindowReport>;

/** By how much a mean of outcomes fell below the reference's. */
const Drop = z.strictObject({
  outcome: Outcome,
  level: z.optional(Level),
  ratios: Ratios,
  drop: z.number(),
  chance: z.number(),
  rows: Count,
  now: z.number(),
  reference: z.number(),
});

const Group = z.strictObject({
  group: z.string(),
  rows: Count,
  /** Share of its rows answered with class 1. */
  selected: z.optional(z.number()),
  /** Mean score of its rows: of classes the accuracy. */
  score: z.optional(z.number()),
});

export const WATCHED = [
  'input-drift',
  'dependence-drift',
  'prediction-drift',
  'label-drift',
  'concept-drift',
  'estimated-accuracy',
  'calibration',
  'fairness',
  'accuracy',
  'errors',
  'latency',
] as const;
export type Watched = (typeof WATCHED)[number];

export const CHECKS = ['drift', 'performance', 'health', 'dataset'] as const;
export type CheckKind = (typeof CHECKS)[number];

/**
 * `assay.drift-report/v1`: what one check of a running version found. Sections that the check does
 * not make, or had nothing for, are absent.
 */
export const DriftReport = z.strictObject({
  schema: z.literal('assay.drift-report/v1'),
  /** UUID v7. */
  id: z.string(),
  kinds: z.array(z.enum(CHECKS)),
  tenant: Tenant,
  model: ModelName,
  version: z.string(),
  digest: Sha256,
  /** End of its windows. */
  at: z.string(),
  reference: z.optional(z.strictObject({ sha256: Sha256, rows: Count })),
  windows: z.array(WindowReport),
  /** Ratios to what warns, of earlier windows and this one, the oldest first; by feature name. */
  history: z.array(
    z.strictObject({ at: z.string(), hours: Count, ratios: z.record(z.string(), Count) }),
  ),
  accuracy: z.optional(z.strictObject({ measured: z.optional(Drop), estimated: z.optional(Drop) })),
  calibration: z.optional(
    z.strictObject({ outcome: Outcome, error: Count, limit: Count, rows: Count }),
  ),
  fairness: z.optional(
    z.array(
      z.strictObject({
        attribute: z.string(),
        outcome: z.enum(['FAIR', 'UNFAIR', 'INSUFFICIENT_DATA']),
        parityGap: z.optional(z.number()),
        selectionRateRatio: z.optional(z.number()),
        equalizedOddsGap: z.optional(z.number()),
        small: z.array(z.string()),
        groups: z.array(Group),
      }),
    ),
  ),
  /** Page and Hinkley's test over late labels, beside the drift detection method. */
  concept: z.optional(
    z.strictObject({
      outcome: Outcome,
      rise: Count,
      limit: Count,
      warning: z.boolean(),
      rows: Count,
    }),
  ),
  service: z.optional(
    z.strictObject({
      hours: Count,
      requests: Count,
      errorRate: Count,
      failures: z.record(z.string(), Count),
      cacheHitShare: Count,
      /** Milliseconds that the model ran; absent where nothing was timed. */
      latencyMs: z.optional(z.strictObject({ p50: Count, p95: Count, p99: Count })),
      /** Of the last whole hour's requests from the mean of the same hour on the days before. */
      trafficDeviation: z.optional(Count),
    }),
  ),
  /** What the version was made and judged by: whether that still holds. */
  dataset: z.optional(
    z.strictObject({
      outcome: z.enum(['CURRENT', 'OLD', 'UNKNOWN']),
      /** Of its newest data. */
      ageDays: z.optional(z.number()),
      maxAgeDays: Count,
    }),
  ),
  /** State of each alarm that this check concerned. */
  alarms: z.array(
    z.strictObject({
      watched: z.enum(WATCHED),
      outcome: Outcome,
      ratios: Ratios,
      raised: z.nullable(Level),
      change: z.enum(['raised', 'escalated', 'eased', 'cleared', 'lapsed', 'none']),
    }),
  ),
  /** The alarms that stand after it, also those that it did not concern; older reports have none. */
  standing: z.optional(
    z.array(
      z.strictObject({
        watched: z.enum(WATCHED),
        raised: z.nullable(Level),
        /** That it was at when nothing came any more to judge it by. */
        lapsed: z.optional(Level),
      }),
    ),
  ),
  /** What began because of it. */
  consequences: z.array(
    z.strictObject({
      watched: z.enum(WATCHED),
      consequence: z.enum(['warn', 'propose-retraining', 'page', 'block-promotion', 'roll-back']),
    }),
  ),
  /** What could not be judged and why, in sentences. */
  notes: z.array(z.string()),
});
export type DriftReport = z.infer<typeof DriftReport>;
