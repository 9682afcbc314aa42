import type { Latency } from '#domain/gates/performance/judge-latency.ts';
import type { LatencyBlock } from '#domain/gates/performance/latency-ratio.ts';
import { latencySummary } from '#domain/gates/performance/latency-summary.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';

/** As of the gate's own measurement: with fewer calls the p95 is the slowest call. */
const MIN_CALLS = 40;
const MIN_BLOCKS = 2;

/** The latency of a job's blocks; `compared` where each must have calls of both models. */
export function jobLatency(
  blocks: readonly LatencyBlock[],
  { seed, compared }: { readonly seed: number; readonly compared: boolean },
): Measured<Latency> {
  const calls = blocks.reduce((sum, { candidateMs }) => sum + candidateMs.length, 0);
  if (calls < MIN_CALLS || blocks.length < MIN_BLOCKS) {
    return inconclusive(
      `the job timed ${calls} calls in ${blocks.length} blocks, expected at least ${MIN_CALLS} in ${MIN_BLOCKS}; give it longer`,
    );
  }
  const lone = blocks.findIndex(
    ({ candidateMs, baselineMs }) =>
      candidateMs.length === 0 || (compared && baselineMs.length === 0),
  );
  return lone < 0
    ? { ok: true, value: latencySummary(blocks, seed, compared) }
    : inconclusive(
        `block ${lone + 1} of the job has calls of one model alone, expected both in turns; correct the image, see docs/evaluation-container.md`,
      );
}

const inconclusive = (reason: string): Measured<never> => ({
  ok: false,
  verdict: 'inconclusive',
  reason,
});
