import type { FormatError } from '#domain/gates/scan/format-error.ts';
import { broken } from './broken.ts';

/** A stretch of the file and what it is. */
interface Claim {
  readonly what: string;
  readonly start: number;
  readonly end: number;
}

/** Bytes from `start` to `end`. */
export interface Hole {
  readonly start: number;
  readonly end: number;
}

/**
 * Keeps which bytes of the file belong to what. No byte belongs to two things, so that all that is
 * claimed never exceeds the file: whoever claims before reading does work in proportion to its size.
 */
export class Space {
  readonly size: number;
  readonly #claims: Claim[] = [];
  readonly #starts = new Map<number, string>();
  #claimed = 0;

  constructor(size: number) {
    this.size = size;
  }

  /** @throws FormatError for bytes beyond the end, or a start that is taken. */
  claim(what: string, start: number, length: number): void {
    if (!(start >= 0 && length >= 0 && start + length <= this.size)) {
      throw broken(
        'bounds',
        `${what} takes ${length} bytes from byte ${start}, the file has ${this.size}`,
      );
    }
    if (length === 0) return;
    const taken = this.#starts.get(start);
    if (taken !== undefined) throw overlap(what, taken, start);
    this.#claimed += length;
    if (this.#claimed > this.size) throw overlap(what, 'others', start);
    this.#starts.set(start, what);
    this.#claims.push({ what, start, end: start + length });
  }

  /** The holes between the claims, and the first overlap of two. */
  layOut(): { readonly holes: readonly Hole[]; readonly overlap?: FormatError } {
    const holes: Hole[] = [];
    let last: Claim = { what: 'the start', start: 0, end: 0 };
    for (const claim of [...this.#claims].sort((a, b) => a.start - b.start || a.end - b.end)) {
      if (claim.start < last.end) {
        return { holes, overlap: overlap(claim.what, last.what, claim.start) };
      }
      if (claim.start > last.end) holes.push({ start: last.end, end: claim.start });
      last = claim;
    }
    if (last.end < this.size) holes.push({ start: last.end, end: this.size });
    return { holes };
  }
}

const overlap = (what: string, other: string, at: number): FormatError =>
  broken('overlap', `${what} lies at byte ${at}, which belongs to ${other} already`, at);
