import { HashRange } from './hash-range.ts';

const FIRST_SLOTS = 4096;

/** How often each 64-bit hash occurred: all of them up to `limit`, then those of a narrower range. */
export class HashCounts {
  readonly range = new HashRange();
  /** Distinct hashes within the range. */
  distinct = 0;
  /** Occurrences within the range. */
  occurrences = 0;
  readonly #limit: number;
  #high = new Uint32Array(FIRST_SLOTS);
  #low = new Uint32Array(FIRST_SLOTS);
  /** 0 where a slot is free. */
  #counts = new Uint32Array(FIRST_SLOTS);

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when the hash was seen before. */
  add(high: number, low: number): boolean {
    if (!this.range.admits(high)) return false;
    const slot = this.#slot(high, low);
    const before = this.#counts[slot] as number;
    this.#put(slot, high, low, before + 1);
    this.occurrences++;
    if (before > 0) return true;
    this.distinct++;
    while (this.distinct > this.#limit && this.range.narrow()) this.#rebuild(this.#counts.length);
    if (this.distinct * 2 > this.#counts.length) this.#rebuild(this.#counts.length * 2);
    return false;
  }

  /** Occurrences of a hash within the range. */
  count(high: number, low: number): number {
    return this.#counts[this.#slot(high, low)] as number;
  }

  forEach(visit: (high: number, low: number, count: number) => void): void {
    this.#counts.forEach((count, slot) => {
      if (count > 0) visit(this.#high[slot] as number, this.#low[slot] as number, count);
    });
  }

  /** The slot of a hash, or the free one where it belongs: probed one after another. */
  #slot(high: number, low: number): number {
    const mask = this.#counts.length - 1;
    let slot = low & mask;
    while (this.#counts[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #put(slot: number, high: number, low: number, count: number): void {
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#counts[slot] = count;
  }

  #rebuild(slots: number): void {
    const [highs, lows, counts] = [this.#high, this.#low, this.#counts];
    this.#high = new Uint32Array(slots);
    this.#low = new Uint32Array(slots);
    this.#counts = new Uint32Array(slots);
    this.distinct = 0;
    this.occurrences = 0;
    counts.forEach((count, from) => {
      const high = highs[from] as number;
      if (count === 0 || !this.range.admits(high)) return;
      const low = lows[from] as number;
      this.#put(this.#slot(high, low), high, low, count);
      this.distinct++;
      this.occurrences += count;
    });
  }
}
