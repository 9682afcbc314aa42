/** The last so many of a series of numbers. */
export class Recent {
  readonly #values: Float64Array;
  #seen = 0;

  constructor(kept: number) {
    this.#values = new Float64Array(kept);
  }

  add(value: number): void {
    this.#values[this.#seen % this.#values.length] = value;
    this.#seen += 1;
  }

  /** How many of them there are. */
  get count(): number {
    return Math.min(this.#seen, this.#values.length);
  }

  /** The upper one of two; undefined of none. */
  median(): number | undefined {
    const sorted = this.#values.slice(0, this.count).sort();
    return sorted[Math.floor(sorted.length / 2)];
  }

  mean(): number | undefined {
    const { count } = this;
    if (count === 0) return undefined;
    return this.#values.subarray(0, count).reduce((sum, value) => sum + value, 0) / count;
  }
}
