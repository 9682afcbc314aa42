import { HashRange } from './hash-range.ts';

/**
 * Whole rows of numbers, column by column: all up to `limit`, then those whose hash is within a
 * narrower range. Equal rows have one hash, so that they are all in or all out.
 */
export class RowSample {
  readonly range = new HashRange();
  rows = 0;
  readonly #limit: number;
  readonly #columns: Float64Array[];
  #high: Uint32Array;
  #low: Uint32Array;

  constructor(columns: number, limit: number) {
    this.#limit = limit;
    const first = Math.min(limit, 1024);
    this.#columns = Array.from({ length: columns }, () => new Float64Array(first));
    this.#high = new Uint32Array(first);
    this.#low = new Uint32Array(first);
  }

  add(values: Float64Array, high: number, low: number): void {
    if (!this.range.admits(high)) return;
    while (this.rows === this.#limit) {
      if (!this.range.narrow()) return;
      this.#compact();
      if (!this.range.admits(high)) return;
    }
    if (this.rows === this.#high.length) this.#grow();
    this.#columns.forEach((column, index) => {
      column[this.rows] = values[index] as number;
    });
    this.#high[this.rows] = high;
    this.#low[this.rows] = low;
    this.rows++;
  }

  column(index: number): Float64Array {
    return (this.#columns[index] ?? new Float64Array()).subarray(0, this.rows);
  }

  /** A half of the rows, drawn by their hash: 0 or 1 for each. */
  halves(): Uint8Array {
    return Uint8Array.from(this.#low.subarray(0, this.rows), (low) => low & 1);
  }

  #grow(): void {
    const size = Math.min(this.#limit, this.#high.length * 2);
    const grown = <T extends Float64Array | Uint32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#columns.forEach((column, index) => {
      this.#columns[index] = grown(new Float64Array(size), column);
    });
    this.#high = grown(new Uint32Array(size), this.#high);
    this.#low = grown(new Uint32Array(size), this.#low);
  }

  #compact(): void {
    let kept = 0;
    for (let row = 0; row < this.rows; row++) {
      if (!this.range.admits(this.#high[row] as number)) continue;
      for (const column of this.#columns) column[kept] = column[row] as number;
      this.#high[kept] = this.#high[row] as number;
      this.#low[kept] = this.#low[row] as number;
      kept++;
    }
    this.rows = kept;
  }
}
