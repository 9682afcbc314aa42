import { describe, expect, it } from 'vitest';
import { type LatencyBlock, p95Ratio } from '#domain/gates/performance/latency-ratio.ts';
import { latencyQuantiles } from '#domain/gates/performance/quantile.ts';

/** Deterministic noise within [0, 1). */
const noise = (i: number): number => {
  const x = Math.sin(i * 12.9898) * 43758.5453;
  return x - Math.floor(x);
};

/** `factor` times slower candidate; every tenth block meets a burst that slows both down. */
const blocks = (count: number, factor: number) =>
  Array.from({ length: count }, (_, block) => {
    const burst = block % 10 === 3 ? 5 : 1;
    const times = (model: number) =>
      Array.from({ length: 20 }, (_, i) => burst * (10 + noise(block * 101 + i * 7 + model)));
    return { candidateMs: times(1).map((t) => t * factor), baselineMs: times(2) };
  });

describe('p95Ratio', () => {
  it('is the ratio of the pooled nearest-rank quantiles', () => {
    const sample = blocks(20, 1.3);
    const candidate = latencyQuantiles(sample.flatMap((block) => block.candidateMs));
    const baseline = latencyQuantiles(sample.flatMap((block) => block.baselineMs));
    expect(p95Ratio(sample, 1).ratio).toBe(candidate.p95Ms / baseline.p95Ms);
  });

  it('tells a slower model from an equal one through bursts that hit both', () => {
    const equal = p95Ratio(blocks(40, 1), 7);
    expect(equal.low).toBeLessThanOrEqual(1);
    expect(equal.high).toBeLessThan(1.1);
    expect(p95Ratio(blocks(40, 1.3), 7).low).toBeGreaterThan(1.1);
  });

  it('holds its point estimate and gives the same interval for the same seed', () => {
    const sample = blocks(30, 1.05);
    const once = p95Ratio(sample, 42);
    expect(once.low).toBeLessThanOrEqual(once.ratio);
    expect(once.high).toBeGreaterThanOrEqual(once.ratio);
    expect(p95Ratio(sample, 42)).toEqual(once);
  });

  it('has no width where no block differs from another', () => {
    const same = Array.from({ length: 5 }, () => ({ candidateMs: [3, 3], baselineMs: [2, 2] }));
    expect(p95Ratio(same, 0)).toEqual({ ratio: 1.5, low: 1.5, high: 1.5, level: 0.99 });
  });

  it('takes either side of a limit wrongly for decided in at most 3 % of runs each', () => {
    let turn = 0;
    const normal = () =>
      Math.sqrt(-2 * Math.log(1 - noise(++turn))) * Math.cos(2 * Math.PI * noise(++turn));
    const call = (ms: number) => ms * Math.exp(normal() / 7) * (noise(++turn) < 0.02 ? 3 : 1);
    const calls = (ms: number) => Array.from({ length: 20 }, () => call(ms));
    const sides = Array.from({ length: 100 }, (_, run) => {
      const timed: LatencyBlock[] = [];
      for (let look = 20; look <= 80; look *= 2) {
        while (timed.length < look) timed.push({ candidateMs: calls(1.1), baselineMs: calls(1) });
        const { low, high } = p95Ratio(timed, run);
        if (low > 1.1) return 'above';
        if (high <= 1.1) return 'below';
      }
      return 'open';
    });
    expect(sides.filter((side) => side === 'above').length).toBeLessThanOrEqual(3);
    expect(sides.filter((side) => side === 'below').length).toBeLessThanOrEqual(3);
  });

  it('refuses a single block, which says nothing about the others', () => {
    expect(() => p95Ratio(blocks(1, 1), 0)).toThrow('at least 2');
  });
});
