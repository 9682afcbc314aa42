import { spread } from './hash.ts';
import { HashRange } from './hash-range.ts';

interface Counted {
  /** Cut to size, and whole Unicode; empty for a value that is a number itself. */
  readonly text: string;
  rows: number;
}

const KEPT_CHARACTERS = 80;

/** How often each value of a column occurs: all up to `limit` values, then those of a narrower range. */
export class DistinctValues {
  readonly range = new HashRange();
  readonly #limit: number;
  readonly #values = new Map<number, Counted>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(value: number, text: string): void {
    if (!this.range.exact && !this.range.admits(spread(value))) return;
    const known = this.#values.get(value);
    if (known) {
      known.rows++;
      return;
    }
    const kept = text.slice(0, KEPT_CHARACTERS).replace(/\p{Surrogate}/gu, '\ufffd');
    this.#values.set(value, { text: kept, rows: 1 });
    while (this.#values.size > this.#limit && this.range.narrow()) {
      for (const one of this.#values.keys()) {
        if (!this.range.admits(spread(one))) this.#values.delete(one);
      }
    }
  }

  get count(): number {
    return this.range.scaled(this.#values.size);
  }

  has(value: number): boolean {
    return this.#values.has(value);
  }

  /** The values within the range, the most frequent first. */
  ranked(): readonly { readonly value: number; readonly text: string; readonly rows: number }[] {
    return [...this.#values]
      .map(([value, { text, rows }]) => ({ value, text, rows }))
      .sort((a, b) => b.rows - a.rows || byText(a.text, b.text) || a.value - b.value);
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
