import { truncated } from './input.ts';

/** How far back a match may reach. */
const REACH = 64 * 1024;
const LEAST_MATCH = 4;

/** What was unpacked last, and the block that follows it. */
export class Lz4Window {
  readonly #bytes: Uint8Array;
  readonly #most: number;
  #at = 0;

  /** For blocks that unpack to `most` bytes or fewer. */
  constructor(most: number) {
    this.#most = most;
    this.#bytes = new Uint8Array(REACH + most);
  }

  /** Forgets what was before: the next block stands for itself. */
  clear(): void {
    this.#at = 0;
  }

  /** Takes a block of bytes as they are. @returns a copy of them. */
  copy(block: Uint8Array): Uint8Array {
    this.#slide();
    this.#bytes.set(block, this.#at);
    this.#at += block.length;
    return block.slice();
  }

  /** Undoes one block. @returns a copy of its bytes. */
  decode(block: Uint8Array): Uint8Array {
    this.#slide();
    const start = this.#at;
    const end = start + this.#most;
    const bytes = this.#bytes;
    let from = 0;
    let at = start;
    const longer = (length: number): number => {
      let more = length;
      for (let byte = 255; byte === 255; from += 1) {
        const next = block[from];
        if (next === undefined) throw truncated();
        byte = next;
        more += byte;
      }
      return more;
    };
    for (;;) {
      const token = block[from];
      if (token === undefined) throw truncated();
      from += 1;
      const literals = token >> 4 === 15 ? longer(15) : token >> 4;
      if (from + literals > block.length) throw truncated();
      if (at + literals > end) throw tooLong(this.#most);
      bytes.set(block.subarray(from, from + literals), at);
      from += literals;
      at += literals;
      // Literals alone end a block.
      if (from === block.length) break;
      const distance = (block[from] ?? 0) + (block[from + 1] ?? 0) * 256;
      from += 2;
      if (from > block.length) throw truncated();
      const length = LEAST_MATCH + ((token & 15) === 15 ? longer(15) : token & 15);
      if (distance === 0 || distance > at)
        throw new Error(`a match reaches ${distance} bytes back`);
      if (at + length > end) throw tooLong(this.#most);
      for (const past = at + length; at < past; at += 1) bytes[at] = bytes[at - distance] ?? 0;
    }
    this.#at = at;
    return bytes.slice(start, at);
  }

  #slide(): void {
    if (this.#at <= REACH) return;
    this.#bytes.copyWithin(0, this.#at - REACH, this.#at);
    this.#at = REACH;
  }
}

const tooLong = (most: number): Error => new Error(`a block unpacks to more than ${most} bytes`);
