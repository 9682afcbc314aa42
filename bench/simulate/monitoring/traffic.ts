import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { normalQuantile } from '#domain/gates/performance/normal-quantile.ts';
import type { Distribution } from '#domain/gates/performance/reference-profile.ts';
import {
  binsOf,
  type FeatureBins,
  type FeatureCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { binomial, type Random } from '../random.ts';

export const BINS = 60;

/** A standard normal feature, and the reference of some of its rows. */
export interface Feature {
  readonly bins: FeatureBins;
  readonly reference: FeatureCounts;
  /** Of each shape seen, the chance of each bin among it and those above. */
  readonly chances: Map<string, Float64Array>;
  readonly edges: readonly number[];
}

/** How the rows of a window are distributed. */
export interface Shape {
  readonly shift?: number;
  readonly spread?: number;
  readonly missing?: number;
  /** Rows that come together, all alike. */
  readonly bunch?: number;
}

/** Its edges are quantiles of a sample, so what truly lies between them varies as a sample does. */
export function newFeature(rows: number, random: Random): Feature {
  const each = Math.floor(rows / BINS);
  const gaps = Float64Array.from({ length: BINS }, () => {
    let gap = 0;
    for (let i = 0; i < each; ) {
      // Few enough that their product is no zero.
      let product = 1;
      for (const end = Math.min(each, i + 16); i < end; i++) product *= 1 - random();
      gap -= Math.log(product);
    }
    return gap;
  });
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  let below = 0;
  const edges = Array.from(gaps.subarray(0, -1), (gap) => {
    below += gap;
    return normalQuantile(below / total);
  });
  const distribution: Distribution = {
    kind: 'numeric',
    edges,
    counts: new Array<number>(BINS).fill(each),
    missing: 0,
    min: -9,
    max: 9,
    mean: 0,
    standardDeviation: 1,
    endSums: [0, 0],
  };
  return {
    bins: binsOf(distribution),
    reference: referenceCounts(distribution),
    chances: new Map(),
    edges,
  };
}

/** A window of `rows` rows, drawn bin by bin. */
export function window(
  feature: Feature,
  rows: number,
  { shift = 0, spread = 1, missing = 0, bunch = 1 }: Shape,
  random: Random,
): FeatureCounts {
  const chances = chancesOf(feature, shift, spread);
  const counts = new Float64Array(BINS + 1);
  let left = Math.floor(rows / bunch);
  const gone = binomial(left, missing, random);
  counts[BINS] = gone * bunch;
  left -= gone;
  for (let bin = 0; bin < BINS && left > 0; bin++) {
    const here = binomial(left, chances[bin] ?? 1, random);
    counts[bin] = here * bunch;
    left -= here;
  }
  return { counts, ends: new Float64Array(2) };
}

/** Chance of each bin. */
export function binChances(feature: Feature, shift: number): Float64Array {
  let left = 1;
  return chancesOf(feature, shift, 1).map((chance) => {
    const here = left * chance;
    left -= here;
    return here;
  });
}

function chancesOf({ chances, edges }: Feature, shift: number, spread: number): Float64Array {
  const key = `${shift}/${spread}`;
  const known = chances.get(key);
  if (known) return known;
  let before = 0;
  const made = Float64Array.from({ length: BINS }, (_, bin) => {
    const edge = edges[bin];
    if (edge === undefined) return 1;
    const up = normalCdf((edge - shift) / spread, 0, 1);
    const chance = (up - before) / (1 - before);
    before = up;
    return chance;
  });
  chances.set(key, made);
  return made;
}
