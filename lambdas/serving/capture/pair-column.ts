import { pairDifference } from '#domain/gates/performance/feature-pairs.ts';
import type { FeatureCounts } from '#domain/monitoring/statistics/bins.ts';
import type { PairBins } from '#domain/monitoring/statistics/pair-bins.ts';
import { NumericColumn } from './numeric-column.ts';

/** Counts the differences of two columns, of the row that both counted last. */
export class PairColumn {
  readonly #first: NumericColumn;
  readonly #second: NumericColumn;
  readonly #ofFirst: Float64Array;
  /** Turned so that the difference is a sum. */
  readonly #ofSecond: Float64Array;
  readonly #differences: NumericColumn;

  constructor(
    [first, second]: readonly [NumericColumn, NumericColumn],
    { correlation, scores, bins }: PairBins,
    counts: FeatureCounts,
  ) {
    this.#first = first;
    this.#second = second;
    [this.#ofFirst] = scores;
    this.#ofSecond = scores[1].map((score) => pairDifference(correlation, 0, score));
    this.#differences = new NumericColumn(0, bins, counts);
  }

  count(): void {
    // Missing values have NaN for a score, and their difference is missing by that.
    this.#differences.count(
      (this.#ofFirst[this.#first.bin] as number) + (this.#ofSecond[this.#second.bin] as number),
    );
  }
}
