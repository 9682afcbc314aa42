import { mulberry32 } from '#domain/gates/random.ts';
import { quantile } from './quantile.ts';

/** Single-row calls of both models made right after one another, so that both met the same noise. */
export interface LatencyBlock {
  readonly candidateMs: readonly number[];
  readonly baselineMs: readonly number[];
}

/** Candidate's p95 over the baseline's, with a two-sided confidence interval. */
export interface RatioInterval {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** Confidence, 0.99. */
  readonly level: number;
}

const RESAMPLES = 1000;
/** Judged at most six times as samples double: a wrong side at any look stays below 6 × 0.5 % = 3 %. */
const LEVEL = 0.99;

/**
 * The ratio of the 95th percentiles and its percentile bootstrap interval (Efron and Tibshirani
 * 1993, ch. 13), resampling whole blocks with both models in them: noise comes in bursts, and
 * calls next to one another are not independent.
 *
 * @param blocks at least two, each with calls of both models, times above 0
 * @param seed unsigned 32-bit; the same seed and blocks give the same interval
 * @throws RangeError with fewer than two blocks
 */
export function p95Ratio(blocks: readonly LatencyBlock[], seed: number): RatioInterval {
  if (blocks.length < 2) throw new RangeError(`got ${blocks.length} blocks; expected at least 2`);
  const candidate = new Pool(blocks.map((block) => block.candidateMs));
  const baseline = new Pool(blocks.map((block) => block.baselineMs));
  const once = new Uint32Array(blocks.length).fill(1);
  const random = mulberry32(seed);
  const ratios = Float64Array.from({ length: RESAMPLES }, () => {
    const times = new Uint32Array(blocks.length);
    for (let draw = 0; draw < blocks.length; draw++) {
      const block = Math.floor(random() * blocks.length);
      times[block] = (times[block] as number) + 1;
    }
    return candidate.p95(times) / baseline.p95(times);
  }).sort();
  return {
    ratio: candidate.p95(once) / baseline.p95(once),
    low: quantile(ratios, (1 - LEVEL) / 2),
    high: quantile(ratios, (1 + LEVEL) / 2),
    level: LEVEL,
  };
}

/** All samples of one model, sorted once; a resample only reads the slowest twentieth. */
class Pool {
  readonly #sizes: readonly number[];
  readonly #slowestFirst: readonly { readonly ms: number; readonly block: number }[];

  constructor(blocks: readonly (readonly number[])[]) {
    this.#sizes = blocks.map((samples) => samples.length);
    this.#slowestFirst = blocks
      .flatMap((samples, block) => samples.map((ms) => ({ ms, block })))
      .sort((a, b) => b.ms - a.ms);
  }

  /** Nearest-rank p95 of the samples, those of block b taken `times[b]` times. */
  p95(times: Uint32Array): number {
    const total = this.#sizes.reduce(
      (sum, size, block) => sum + size * (times[block] as number),
      0,
    );
    let slower = total - Math.ceil(0.95 * total);
    for (const { ms, block } of this.#slowestFirst) {
      slower -= times[block] as number;
      if (slower < 0) return ms;
    }
    throw new RangeError('a block has no samples');
  }
}
