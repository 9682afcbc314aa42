import * as z from 'zod/mini';

const Share = z.number().check(z.minimum(0), z.maximum(1));
const Positive = z.number().check(z.positive());

/**
 * What a version's answers to perturbed rows are judged by. A drop is accuracy lost in absolute
 * terms, of a regression RMSE gained over the target's standard deviation.
 */
export const RobustnessPolicy = z.strictObject({
  /** Judging rows, below which nothing is decided. */
  rowsMin: z.int().check(z.minimum(1)),
  /** Gaussian noise on every numeric feature, in standard deviations of that feature. */
  noiseSd: Positive,
  /** Drop under that noise. */
  noiseDropMax: Share,
  /** Drop while the one feature that matters most is missing. */
  missingDropMax: Share,
  /** Largest step of an adversary on each numeric feature, in its standard deviations. */
  attackSd: Positive,
  /** Share of the rows whose answer such steps turn. */
  flipShareMax: Share,
  /** Anomaly index of one feature's values among those of all features, in robust deviations. */
  triggerIndexMax: Positive,
  /** What an anomaly signal does: `refuse` is inconclusive, `warn` passes and says so. */
  anomalies: z.enum(['warn', 'refuse']),
});
export type RobustnessPolicy = z.infer<typeof RobustnessPolicy>;

/**
 * What applies where neither tenant nor model says otherwise.
 *
 * No standard names such numbers (NIST's AI RMF, MEASURE 2.7, asks to measure, not how much is too
 * much): they are set above what all but the most brittle of 140 honest models show, in
 * bench/README.md. `rowsMin`: one row is then 5 points of accuracy. `triggerIndexMax`: Neural
 * Cleanse takes 2 (Wang et al. 2019), which 18 % of the honest models exceed; 6.4 % exceed 6.
 */
export const DEFAULT_ROBUSTNESS_POLICY: RobustnessPolicy = {
  rowsMin: 20,
  noiseSd: 0.1,
  noiseDropMax: 0.1,
  missingDropMax: 0.5,
  attackSd: 0.1,
  flipShareMax: 0.3,
  triggerIndexMax: 6,
  anomalies: 'warn',
};
