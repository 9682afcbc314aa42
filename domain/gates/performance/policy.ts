import * as z from 'zod/mini';

const Share = z.number().check(z.minimum(0), z.maximum(1));
const AtLeastOne = z
  .number()
  .check(z.minimum(1, { error: 'must be 1 or more: how many times the baseline is allowed' }));
const NotNegative = z.number().check(z.nonnegative());

/** What a version's measured quality, speed and size are judged by. */
export const PerformancePolicy = z
  .strictObject({
    /** Accuracy over the baseline's; a regression's RMSE may be the baseline's over this. */
    accuracyRatioMin: z.number().check(z.positive()),
    /** Below it a version fails. */
    accuracyMin: Share,
    /** Below it a version passes with a warning. */
    accuracyWarn: Share,
    p95RatioMax: AtLeastOne,
    memoryRatioMax: AtLeastOne,
    /** 1 asks for no calibration: then a model without probabilities may pass. */
    eceMax: Share,
    /** A slowdown up to this cannot be told from the noise of a shared machine. */
    latencyResolutionMs: NotNegative,
    /** A growth up to this cannot be told from the noise of an allocator. */
    memoryResolutionMiB: NotNegative,
    /** Slices and groups of fewer rows are not judged. */
    sliceRowsMin: z.int().check(z.minimum(1)),
    /** How far below the other rows' accuracy a slice may lie. */
    sliceAccuracyGapMax: Share,
    /** Columns that are judged as protected attributes, whatever the manifest names. */
    protectedAttributes: z.array(z.string().check(z.minLength(1))),
    /** Least selection rate of a group over that of any other. */
    selectionRateRatioMin: Share,
    /** How far true-positive rates of groups may lie apart. */
    equalOpportunityGapMax: Share,
    /** How far true-positive rates, and false-positive rates, of groups may lie apart. */
    equalizedOddsGapMax: Share,
    /** Population stability index of the judging rows over a declared reference distribution. */
    referencePsiMax: z.number().check(z.positive()),
  })
  .check(
    z.refine((policy) => policy.accuracyWarn >= policy.accuracyMin, {
      path: ['accuracyWarn'],
      error: 'must not be below accuracyMin: what warns comes before what fails',
    }),
  );
export type PerformancePolicy = z.infer<typeof PerformancePolicy>;

/**
 * What applies where neither tenant nor model says otherwise.
 *
 * `sliceRowsMin`: the usual least size for the normal approximation of a mean, and what the drift
 * checks ask of a group. `sliceAccuracyGapMax`: twice the drop of 0.05 that pages about a running
 * model, since some rows are harder than others. `selectionRateRatioMin`: the four-fifths rule (US
 * EEOC, Uniform Guidelines, 29 CFR 1607.4(D)). `equalOpportunityGapMax`, `equalizedOddsGapMax`:
 * the ± 0.1 that AI Fairness 360 calls fair (Bellamy et al. 2018). `referencePsiMax`: the drift
 * that blocks a promotion.
 */
export const DEFAULT_PERFORMANCE_POLICY: PerformancePolicy = {
  accuracyRatioMin: 0.95,
  accuracyMin: 0.85,
  accuracyWarn: 0.9,
  p95RatioMax: 1.1,
  memoryRatioMax: 1.2,
  eceMax: 0.08,
  latencyResolutionMs: 0.5,
  memoryResolutionMiB: 16,
  sliceRowsMin: 30,
  sliceAccuracyGapMax: 0.1,
  protectedAttributes: [],
  selectionRateRatioMin: 0.8,
  equalOpportunityGapMax: 0.1,
  equalizedOddsGapMax: 0.1,
  referencePsiMax: 0.2,
};
