import type { BitReader } from './bit-reader.ts';

const LONGEST = 20;

/** A canonical prefix code, by the length of each symbol's code: 1 to 20 bits. */
export class Huffman {
  readonly #shortest: number;
  readonly #longest: number;
  /** Highest code of each length, -1 where there is none. */
  readonly #highest = new Int32Array(LONGEST + 2);
  /** What to subtract from a code of each length to get its place in `#symbols`. */
  readonly #offset = new Int32Array(LONGEST + 2);
  readonly #symbols: Uint16Array;

  constructor(lengths: Uint8Array) {
    const counts = new Uint32Array(LONGEST + 2);
    for (const length of lengths) {
      if (length < 1 || length > LONGEST) throw new Error(`a code has ${length} bits, not 1 to 20`);
      counts[length] = (counts[length] ?? 0) + 1;
    }
    this.#shortest = Math.min(...lengths);
    this.#longest = Math.max(...lengths);
    this.#symbols = Uint16Array.from(lengths.keys()).sort(
      (a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b,
    );
    let code = 0;
    let place = 0;
    for (let length = 1; length <= LONGEST; length += 1) {
      code <<= 1;
      const count = counts[length] ?? 0;
      this.#offset[length] = code - place;
      code += count;
      place += count;
      this.#highest[length] = count === 0 ? -1 : code - 1;
    }
  }

  read(bits: BitReader): number {
    let length = this.#shortest;
    let code = bits.bits(length);
    while (code > (this.#highest[length] ?? -1)) {
      if (length >= this.#longest) throw new Error('a code stands for no symbol');
      code = code * 2 + bits.bits(1);
      length += 1;
    }
    const symbol = this.#symbols[code - (this.#offset[length] ?? 0)];
    if (symbol === undefined) throw new Error('a code stands for no symbol');
    return symbol;
  }
}
