import { BinFinder } from '#domain/gates/ordering/bin-finder.ts';
import { type FeatureBins, type FeatureCounts, saturated } from './bins.ts';

/** Counts many numbers as `countNumber` does one. */
export class NumberCounter {
  /** Of the value that was counted last. */
  bin: number;
  readonly #finder: BinFinder;
  readonly #counts: Float64Array;
  readonly #ends: Float64Array;
  readonly #missing: number;
  readonly #lowest: number;
  readonly #highest: number;

  constructor(
    { edges, known, lowest }: Extract<FeatureBins, { kind: 'numeric' }>,
    { counts, ends }: FeatureCounts,
  ) {
    this.#finder = new BinFinder(edges);
    this.#counts = counts;
    this.#ends = ends;
    this.#missing = known;
    this.bin = known;
    this.#lowest = lowest;
    this.#highest = known - 1;
  }

  /** NaN as missing. */
  count(value: number): void {
    const bin = Number.isNaN(value) ? this.#missing : this.#finder.binOf(value);
    this.bin = bin;
    this.#counts[bin] = (this.#counts[bin] as number) + 1;
    if (bin <= this.#lowest) this.#add(0, value);
    if (bin === this.#highest) this.#add(1, value);
  }

  #add(end: 0 | 1, value: number): void {
    this.#ends[end] = saturated((this.#ends[end] as number) + value);
  }
}
