import {
  type FeatureBins,
  type FeatureCounts,
  saturated,
} from '#domain/monitoring/statistics/bins.ts';

/** More than any bins have edges (60), and one less than a power of two. */
const PLACES = 63;

/** Edges in ascending order, filled up with infinity. */
export function paddedEdges(edges: readonly number[]): Float64Array {
  if (edges.length > PLACES) {
    throw new RangeError(`got ${edges.length} edges; expected at most ${PLACES}`);
  }
  const padded = new Float64Array(PLACES).fill(Number.POSITIVE_INFINITY);
  padded.set(edges);
  return padded;
}

/**
 * As `binOf` of the edges, of any number but NaN. Six steps without a branch: what a processor
 * guesses wrong about half of the time takes longer than the step.
 */
export function binAmong(padded: Float64Array, value: number): number {
  let bin = Number((padded[31] as number) < value) << 5;
  bin += Number((padded[bin + 15] as number) < value) << 4;
  bin += Number((padded[bin + 7] as number) < value) << 3;
  bin += Number((padded[bin + 3] as number) < value) << 2;
  bin += Number((padded[bin + 1] as number) < value) << 1;
  bin += Number((padded[bin] as number) < value);
  return bin;
}

/** Counts numbers as `countNumber` does, without looking anything up for each. */
export class NumericColumn {
  readonly offset: number;
  /** Of the value that was counted last. */
  bin: number;
  readonly #edges: Float64Array;
  readonly #counts: Float64Array;
  readonly #ends: Float64Array;
  readonly #lowest: number;
  readonly #highest: number;
  readonly #missing: number;

  /** @param offset of its values in a row */
  constructor(offset: number, bins: FeatureBins, { counts, ends }: FeatureCounts) {
    this.offset = offset;
    this.#edges = paddedEdges(bins.kind === 'numeric' ? bins.edges : []);
    this.#counts = counts;
    this.#ends = ends;
    this.#missing = bins.known;
    this.bin = this.#missing;
    // What has no edges has no ends either.
    this.#lowest = bins.kind === 'numeric' ? bins.lowest : -1;
    this.#highest = bins.kind === 'numeric' ? bins.known - 1 : Number.POSITIVE_INFINITY;
  }

  count(value: number): void {
    const counts = this.#counts;
    // biome-ignore lint/suspicious/noSelfCompare: of NaN alone it holds, and it is the fastest test
    if (value !== value) {
      this.bin = this.#missing;
      counts[this.#missing] = (counts[this.#missing] as number) + 1;
      return;
    }
    const bin = binAmong(this.#edges, value);
    this.bin = bin;
    counts[bin] = (counts[bin] as number) + 1;
    if (bin <= this.#lowest) this.#add(0, value);
    if (bin === this.#highest) this.#add(1, value);
  }

  #add(end: 0 | 1, value: number): void {
    this.#ends[end] = saturated((this.#ends[end] as number) + value);
  }
}
