import type { Check } from '#domain/gates/verdict.ts';
import type { RatioInterval } from './latency-ratio.ts';
import type { Measured } from './measured.ts';
import type { PerformancePolicy } from './policy.ts';
import type { LatencyQuantiles } from './quantile.ts';

/** Latency of the candidate, and of the baseline measured in turns with it. */
export interface Latency {
  readonly candidate: LatencyQuantiles;
  readonly baseline?: LatencyQuantiles;
  readonly ratio?: RatioInterval;
}

type Limits = Pick<PerformancePolicy, 'p95RatioMax' | 'latencyResolutionMs'>;

/**
 * Judges the ratio of the p95 latencies by its whole interval: below the limit passes, above it
 * fails, across it is inconclusive. A slowdown within the resolution passes, whatever the ratio.
 */
export function judgeLatency(
  measured: Measured<Latency>,
  first: boolean,
  { p95RatioMax, latencyResolutionMs }: Limits,
): Check {
  const id = 'performance.latency';
  if (!measured.ok) return { id, verdict: measured.verdict, message: measured.reason };
  const { candidate, baseline, ratio } = measured.value;
  const mine = `p95 ${ms(candidate.p95Ms)} ms over ${candidate.calls} calls`;
  if (first) {
    const message = `not applicable: the model has no production version to compare with; ${mine}`;
    return { id, verdict: 'pass', observed: candidate.p95Ms, message };
  }
  if (!baseline || !ratio) {
    const message = `${mine}, but the production version was not measured in the same run; repair or replace it first`;
    return { id, verdict: 'inconclusive', observed: candidate.p95Ms, message };
  }
  const interval = `${times(ratio.ratio)} (${ratio.level * 100} % interval ${times(ratio.low)} to ${times(ratio.high)})`;
  const said = `${mine} is ${interval} × the baseline's ${ms(baseline.p95Ms)} ms`;
  const check = {
    id,
    observed: { ratio: ratio.ratio, low: ratio.low, high: ratio.high },
    threshold: p95RatioMax,
  };
  if (ratio.high <= p95RatioMax) {
    return { ...check, verdict: 'pass', message: `${said}; the limit is ${p95RatioMax} ×` };
  }
  if (candidate.p95Ms - baseline.p95Ms <= latencyResolutionMs) {
    const message = `${said}; ${latencyResolutionMs} ms or less apart cannot be told from noise`;
    return { ...check, verdict: 'pass', message };
  }
  if (ratio.low > p95RatioMax) {
    const message = `${said}, above the limit of ${p95RatioMax} ×; simplify or quantise the model`;
    return { ...check, verdict: 'fail', message };
  }
  const message = `${said}, which may be either side of the limit of ${p95RatioMax} ×; release again with a longer time budget or on a quieter machine`;
  return { ...check, verdict: 'inconclusive', message };
}

const ms = (value: number): string => String(Number(value.toPrecision(4)));
const times = (value: number): string => value.toFixed(3);
