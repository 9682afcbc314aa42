import type { Check } from '#domain/gates/verdict.ts';
import { judgeLatency, type Latency } from './judge-latency.ts';
import type { Measured } from './measured.ts';
import type { PerformancePolicy } from './policy.ts';
import type { Quality } from './quality.ts';

export interface ModelMeasurement {
  readonly quality: Measured<Quality>;
  readonly peakMemoryMiB: Measured<number>;
}

export interface PerformanceMeasurements {
  readonly candidate: ModelMeasurement;
  /**
   * The production version, measured in the same run on the same machine. `none` when the model
   * has no production version; undefined when it has one that could not be measured.
   */
  readonly baseline: ModelMeasurement | 'none' | undefined;
  /** Of both models together, since only interleaved calls compare. */
  readonly latency: Measured<Latency>;
  readonly policy: PerformancePolicy;
}

/** Ratios of decimal numbers miss their decimal product by less. */
const ROUNDING = 1e-12;

/**
 * Judges what was measured. Comparisons with the baseline pass as not applicable when there is
 * none; floors and ceilings decide always; whatever is missing is inconclusive.
 */
export function judgePerformance(measurements: PerformanceMeasurements): readonly Check[] {
  const { candidate, policy } = measurements;
  return [
    ...judgeQuality(candidate.quality, baselineOf(measurements, 'quality'), policy),
    judgeLatency(measurements.latency, measurements.baseline === 'none', policy),
    judgeMemory(candidate.peakMemoryMiB, baselineOf(measurements, 'peakMemoryMiB'), policy),
  ];
}

function judgeQuality(
  measured: Measured<Quality>,
  baseline: Measured<Quality> | 'none',
  policy: PerformancePolicy,
): readonly Check[] {
  if (!measured.ok) {
    return [{ id: 'performance.evaluation', verdict: measured.verdict, message: measured.reason }];
  }
  const quality = measured.value;
  const evaluated: Check = {
    id: 'performance.evaluation',
    verdict: 'pass',
    observed: quality.rows,
    message: `answered ${quality.rows} rows of the evaluation set, all with finite numbers`,
  };
  if (quality.task === 'regression') {
    return [evaluated, judgeError(quality.rmse, baseline, policy)];
  }
  return [
    evaluated,
    judgeFloor(quality.accuracy, policy),
    judgeAccuracy(quality.accuracy, baseline, policy),
    judgeCalibration(quality.ece, quality.uncalibrated, policy),
  ];
}

function judgeFloor(accuracy: number, { accuracyMin, accuracyWarn }: PerformancePolicy): Check {
  const check = { id: 'performance.accuracy-floor', observed: accuracy, threshold: accuracyMin };
  const said = `accuracy ${short(accuracy)}`;
  if (accuracy < accuracyMin) {
    const message = `${said} is critical: the floor is ${accuracyMin}; train further or correct the evaluation labels`;
    return { ...check, verdict: 'fail', message };
  }
  return accuracy < accuracyWarn
    ? { ...check, verdict: 'pass', message: `warning: ${said} is below ${accuracyWarn}` }
    : { ...check, verdict: 'pass', message: `${said} is at least ${accuracyWarn}` };
}

function judgeAccuracy(
  accuracy: number,
  baseline: Measured<Quality> | 'none',
  { accuracyRatioMin }: PerformancePolicy,
): Check {
  const id = 'performance.accuracy-ratio';
  if (baseline === 'none') return notApplicable(id, accuracy);
  if (!baseline.ok) return noBaseline(id, baseline.reason);
  if (baseline.value.task === 'regression') return otherTask(id, baseline.value.task);
  const threshold = accuracyRatioMin * baseline.value.accuracy;
  const passes = accuracy >= threshold - ROUNDING;
  return {
    id,
    verdict: passes ? 'pass' : 'fail',
    observed: accuracy,
    threshold,
    message: `accuracy ${short(accuracy)} is ${passes ? 'at least' : 'below'} ${accuracyRatioMin} × the baseline's ${short(baseline.value.accuracy)}${passes ? '' : '; compare training data and configuration with the baseline'}`,
  };
}

function judgeError(
  rmse: number,
  baseline: Measured<Quality> | 'none',
  { accuracyRatioMin }: PerformancePolicy,
): Check {
  const id = 'performance.rmse-ratio';
  if (baseline === 'none') return notApplicable(id, rmse);
  if (!baseline.ok) return noBaseline(id, baseline.reason);
  if (baseline.value.task !== 'regression') return otherTask(id, baseline.value.task);
  const threshold = baseline.value.rmse / accuracyRatioMin;
  const passes = rmse <= threshold * (1 + ROUNDING);
  return {
    id,
    verdict: passes ? 'pass' : 'fail',
    observed: rmse,
    threshold,
    message: `RMSE ${short(rmse)} is ${passes ? 'at most' : 'above'} the baseline's ${short(baseline.value.rmse)} / ${accuracyRatioMin}${passes ? '' : '; compare training data and configuration with the baseline'}`,
  };
}

function judgeCalibration(
  ece: number | undefined,
  uncalibrated: string | undefined,
  { eceMax }: PerformancePolicy,
): Check {
  const check = { id: 'performance.calibration', threshold: eceMax };
  if (ece === undefined) {
    const reason = uncalibrated ?? 'the model gives no probabilities';
    return eceMax >= 1
      ? { ...check, verdict: 'pass', message: `the policy asks for no calibration; ${reason}` }
      : { ...check, verdict: 'inconclusive', message: `calibration is unknown: ${reason}` };
  }
  const passes = ece <= eceMax + ROUNDING;
  return {
    ...check,
    verdict: passes ? 'pass' : 'fail',
    observed: ece,
    message: `expected calibration error ${short(ece)} is ${passes ? 'at most' : 'above'} ${eceMax}${passes ? '' : '; calibrate the scores (Platt, isotonic or temperature scaling) on data held out'}`,
  };
}

function judgeMemory(
  measured: Measured<number>,
  baseline: Measured<number> | 'none',
  { memoryRatioMax, memoryResolutionMiB }: PerformancePolicy,
): Check {
  const id = 'performance.memory';
  if (!measured.ok) return { id, verdict: measured.verdict, message: measured.reason };
  const peak = measured.value;
  if (baseline === 'none') return notApplicable(id, peak);
  if (!baseline.ok) return noBaseline(id, baseline.reason);
  const threshold = memoryRatioMax * baseline.value;
  const check = { id, observed: peak, threshold };
  const said = `peak memory ${short(peak)} MiB against the baseline's ${short(baseline.value)} MiB`;
  if (peak <= threshold + ROUNDING) {
    return { ...check, verdict: 'pass', message: `${said} is at most ${memoryRatioMax} ×` };
  }
  if (peak - baseline.value <= memoryResolutionMiB) {
    const message = `${said} is above ${memoryRatioMax} ×, but ${memoryResolutionMiB} MiB or less apart cannot be told from noise`;
    return { ...check, verdict: 'pass', message };
  }
  const message = `${said} is above ${memoryRatioMax} ×; prune, quantise or share weights`;
  return { ...check, verdict: 'fail', message };
}

/** The same measurement of the baseline; a baseline that could not be measured is inconclusive. */
function baselineOf<K extends keyof ModelMeasurement>(
  { baseline }: PerformanceMeasurements,
  key: K,
): ModelMeasurement[K] | 'none' | { ok: false; verdict: 'inconclusive'; reason: string } {
  if (baseline === 'none') return 'none';
  return baseline?.[key] ?? { ok: false, verdict: 'inconclusive', reason: 'it was not measured' };
}

const notApplicable = (id: string, observed: number): Check => ({
  id,
  verdict: 'pass',
  observed,
  message: 'not applicable: the model has no production version to compare with',
});

const noBaseline = (id: string, reason: string): Check => ({
  id,
  verdict: 'inconclusive',
  message: `the production version could not be measured: ${reason}; repair or replace it first`,
});

const otherTask = (id: string, task: string): Check => ({
  id,
  verdict: 'inconclusive',
  message: `the production version's task is ${task}, which does not compare; register another model instead`,
});

const short = (value: number): string => String(Number(value.toPrecision(6)));
