/** Levels of the range: 2⁻³² of all hashes is the least. */
const DEEPEST = 32;

/**
 * A range of hashes that halves whenever what it admits outgrows its memory (Wegman's adaptive
 * sampling, Flajolet 1990). What a range holds depends on the data and the seed, never on their
 * order; two ranges of one seed have the narrower in common.
 */
export class HashRange {
  /** The range admits one of 2^level hashes: 0 is all of them. */
  level = 0;

  /** @param high upper 32 bits of a hash, unsigned */
  admits(high: number): boolean {
    return this.level === 0 || high >>> (32 - this.level) === 0;
  }

  /** False when it is the narrowest already. */
  narrow(): boolean {
    if (this.level === DEEPEST) return false;
    this.level++;
    return true;
  }

  get exact(): boolean {
    return this.level === 0;
  }

  /** What a count within the range stands for in all. */
  scaled(count: number): number {
    return count * 2 ** this.level;
  }
}
