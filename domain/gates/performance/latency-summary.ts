import type { Latency } from './judge-latency.ts';
import { type LatencyBlock, p95Ratio } from './latency-ratio.ts';
import { latencyQuantiles } from './quantile.ts';

/** Quantiles of timed blocks; `compared` where there is a baseline, from two blocks on. */
export function latencySummary(
  blocks: readonly LatencyBlock[],
  seed: number,
  compared: boolean,
): Latency {
  const candidate = latencyQuantiles(blocks.flatMap(({ candidateMs }) => candidateMs));
  if (!compared || blocks.length < 2) return { candidate };
  const baseline = latencyQuantiles(blocks.flatMap(({ baselineMs }) => baselineMs));
  return { candidate, baseline, ratio: p95Ratio(blocks, seed) };
}
