import * as z from 'zod/mini';

const Positive = z.number().check(z.positive());
const Share = z.number().check(z.minimum(0), z.maximum(1));
const Probability = z.number().check(z.positive(), z.lt(1));

/**
 * How far from the reference, the mildest first; each brings what is named, and all before it. At
 * `critical`, errors, latency and accuracy roll back; drift has nothing graver than a page.
 */
export const LEVELS = ['warn', 'retrain', 'page', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

const Ladder = z
  .strictObject({ warn: Positive, retrain: Positive, page: Positive, critical: Positive })
  .check(
    z.refine(
      (ladder) =>
        ladder.warn <= ladder.retrain &&
        ladder.retrain <= ladder.page &&
        ladder.page <= ladder.critical,
      { error: 'must ascend from warn over retrain and page to critical' },
    ),
  );
export type Ladder = z.infer<typeof Ladder>;

/** Statistics that compare a window with the reference. */
const STATISTICS = ['psi', 'js', 'ks', 'chiSquare'] as const;
export type Statistic = (typeof STATISTICS)[number];

/**
 * Alarms on errors and latency look at three checks of health in a row, and CloudWatch at 7 days of
 * periods that are an hour or longer: 7 × 24 × 60 ÷ 3 minutes.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export const HEALTH_MINUTES_MAX = 3360;

/** How a version in service is watched, and what is done about what is found. */
export const MonitoringPolicy = z
  .strictObject({
    /** Values that a window must have of a feature before it is judged. */
    samplesMin: z.int().check(z.minimum(1)),
    /** Probability that a check of one model finds drift where there is none. */
    alpha: Probability,
    /** The statistics that decide; the others are reported. */
    judgedBy: z.array(z.enum(STATISTICS)).check(
      z.minLength(1, { error: 'at least one statistic that decides' }),
      z.refine((all) => new Set(all).size === all.length, { error: 'each statistic once' }),
    ),
    psi: Ladder,
    /** Jensen–Shannon distance, base 2. */
    js: Ladder,
    /** Kolmogorov–Smirnov distance. */
    ks: Ladder,
    /** χ² × (1/n + 1/m), which is on the scale of the stability index. */
    chiSquare: Ladder,
    /** By how much the share of missing values moves. */
    missingShare: Ladder,
    /** Features that must drift together, in number and in share, for the model's inputs to. */
    driftedFeaturesMin: z.int().check(z.minimum(1)),
    driftedShareMin: Share,
    /** Features of which one is enough, as `input/name`. */
    criticalFeatures: z.array(z.string().check(z.minLength(1))),
    /** An alarm is raised when so many of the last checks find it, */
    raiseAfter: z.int().check(z.minimum(1), z.maximum(10)),
    raiseOf: z.int().check(z.minimum(1), z.maximum(10)),
    /** and cleared after so many checks below this part of the limit. */
    clearAfter: z.int().check(z.minimum(1), z.maximum(10)),
    clearBelow: Share,
    /** By how much accuracy, or another mean of outcomes, falls below the reference's. */
    accuracyDrop: Ladder,
    /** Accuracy over the reference's that pages, whatever the drop. */
    accuracyRatioMin: Share,
    eceMax: Share,
    /** Groups of fewer rows are not judged. */
    groupRowsMin: z.int().check(z.minimum(1)),
    /** Least selection rate of a group over that of any other. */
    selectionRateRatioMin: Share,
    /** How far selection rates of groups may lie apart. */
    parityGapMax: Share,
    /** How far true-positive rates, and false-positive rates, of groups may lie apart. */
    equalizedOddsGapMax: Share,
    /**
     * Increase of the loss that Page and Hinkley's test lets pass, and the sum above it that alarms,
     * both in standard deviations of the reference's loss.
     */
    pageHinkleyTolerance: Positive,
    pageHinkleyLimit: Positive,
    latencySloMs: Positive,
    latencyWarnMs: Positive,
    latencyCriticalMs: Positive,
    /** p95 over the baseline's. */
    latencyRatioMax: z.number().check(z.gt(1)),
    errorRateMax: Share,
    /** Of models whose owners ask for it. */
    cacheHitShareMin: z.nullable(Share),
    retrainingCoolDownHours: Positive,
    retrainingsPerDay: z.int().check(z.minimum(0)),
    driftHours: Positive,
    performanceHours: Positive,
    healthMinutes: Positive,
  })
  .check(
    z.refine(({ raiseAfter, raiseOf }) => raiseAfter <= raiseOf, {
      path: ['raiseOf'],
      error: 'must not be below raiseAfter',
    }),
    z.refine(
      (policy) =>
        policy.latencySloMs <= policy.latencyWarnMs &&
        policy.latencyWarnMs <= policy.latencyCriticalMs,
      {
        path: ['latencyCriticalMs'],
        error: 'must not be below latencyWarnMs, nor that below latencySloMs',
      },
    ),
  );
export type MonitoringPolicy = z.infer<typeof MonitoringPolicy>;

/**
 * What applies where neither tenant nor model says otherwise.
 *
 * `psi`: one ladder for the thresholds of all requirements. `js`, `ks`: what those are of a normal
 * feature that shifts, √(PSI / (8 ln 2)) and 2 Φ(√PSI / 2) − 1. `accuracyDrop.page`: a drop of 0.05
 * pages; twice that, measured, rolls back. `pageHinkleyTolerance`, `pageHinkleyLimit`: a false alarm
 * in some 10^9 labels, as 2 δ² e^(−2 δ λ) is the chance of each. `parityGapMax`,
 * `equalizedOddsGapMax`: the ± 0.1 that AI Fairness 360 calls fair (Bellamy et al. 2018).
 */
export const DEFAULT_MONITORING_POLICY: MonitoringPolicy = {
  samplesMin: 1000,
  alpha: 0.001,
  judgedBy: ['psi'],
  psi: { warn: 0.1, retrain: 0.15, page: 0.2, critical: 0.3 },
  js: { warn: 0.134, retrain: 0.164, page: 0.19, critical: 0.233 },
  ks: { warn: 0.126, retrain: 0.154, page: 0.177, critical: 0.216 },
  chiSquare: { warn: 0.1, retrain: 0.15, page: 0.2, critical: 0.3 },
  missingShare: { warn: 0.02, retrain: 0.05, page: 0.1, critical: 0.2 },
  driftedFeaturesMin: 2,
  driftedShareMin: 0.2,
  criticalFeatures: [],
  raiseAfter: 2,
  raiseOf: 3,
  clearAfter: 2,
  clearBelow: 0.8,
  accuracyDrop: { warn: 0.02, retrain: 0.03, page: 0.05, critical: 0.1 },
  accuracyRatioMin: 0.9,
  eceMax: 0.08,
  groupRowsMin: 30,
  selectionRateRatioMin: 0.8,
  parityGapMax: 0.1,
  equalizedOddsGapMax: 0.1,
  pageHinkleyTolerance: 0.05,
  pageHinkleyLimit: 150,
  latencySloMs: 100,
  latencyWarnMs: 500,
  latencyCriticalMs: 1000,
  latencyRatioMax: 2,
  errorRateMax: 0.1,
  cacheHitShareMin: null,
  retrainingCoolDownHours: 24,
  retrainingsPerDay: 1,
  driftHours: 6,
  performanceHours: 2,
  healthMinutes: 60,
};
