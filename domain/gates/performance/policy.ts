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
  })
  .check(
    z.refine((policy) => policy.accuracyWarn >= policy.accuracyMin, {
      path: ['accuracyWarn'],
      error: 'must not be below accuracyMin: what warns comes before what fails',
    }),
  );
export type PerformancePolicy = z.infer<typeof PerformancePolicy>;

/** What applies where neither tenant nor model says otherwise. */
export const DEFAULT_PERFORMANCE_POLICY: PerformancePolicy = {
  accuracyRatioMin: 0.95,
  accuracyMin: 0.85,
  accuracyWarn: 0.9,
  p95RatioMax: 1.1,
  memoryRatioMax: 1.2,
  eceMax: 0.08,
  latencyResolutionMs: 0.5,
  memoryResolutionMiB: 16,
};
