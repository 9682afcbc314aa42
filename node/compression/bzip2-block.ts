import { FormatError } from '#domain/gates/scan/format-error.ts';
import type { BitReader } from './bit-reader.ts';
import { bzip2Crc } from './bzip2-crc.ts';
import { Huffman } from './huffman.ts';

const SYMBOLS_PER_SELECTOR = 50;
const PIECE_BYTES = 64 * 1024;
/** Bytes that a run may span in one block: 900,000 is less than 2 to the power of 20. */
const LONGEST_RUN_BITS = 20;

/** One block of bzip2: entropy coding, move-to-front and Burrows-Wheeler undone, run lengths last. */
export class Bzip2Block {
  /** Checksum of what `bytes` gave so far. */
  crc = 0;
  readonly #bits: BitReader;
  readonly #size: number;
  /** Successor of each byte in its upper 24 bits, the byte in the lower 8. */
  readonly #chain: Uint32Array;
  #length = 0;
  #origin = 0;

  constructor(bits: BitReader, size: number) {
    this.#bits = bits;
    this.#size = size;
    this.#chain = new Uint32Array(size);
  }

  /** Reads the block, whose bits the input's window must hold. */
  decode(): void {
    if (this.#bits.bits(1) === 1) {
      throw new FormatError(
        'bz2.randomised',
        'inconclusive',
        'a bzip2 block is randomised, which no bzip2 writes since 1996; compress the file again',
      );
    }
    this.#origin = this.#bits.bits(24);
    const bytes = this.#bytesInUse();
    const tables = this.#bits.bits(3);
    if (tables < 2 || tables > 6) throw new Error(`a block has ${tables} code tables, not 2 to 6`);
    const selectors = this.#selectors(tables);
    const codes = Array.from({ length: tables }, () => this.#code(bytes.length + 2));
    this.#length = this.#symbols(bytes, selectors, codes);
    if (this.#origin >= this.#length) throw new Error('a block starts beyond its end');
    this.#link();
  }

  #bytesInUse(): Uint8Array {
    const bytes: number[] = [];
    const ranges = this.#bits.bits(16);
    for (let range = 0; range < 16; range += 1) {
      if ((ranges & (0x8000 >>> range)) === 0) continue;
      const within = this.#bits.bits(16);
      for (let byte = 0; byte < 16; byte += 1) {
        if ((within & (0x8000 >>> byte)) !== 0) bytes.push(range * 16 + byte);
      }
    }
    if (bytes.length === 0) throw new Error('a block uses no bytes');
    return Uint8Array.from(bytes);
  }

  #selectors(tables: number): Uint8Array {
    const count = this.#bits.bits(15);
    if (count === 0) throw new Error('a block has no selectors');
    const order = [0, 1, 2, 3, 4, 5];
    return Uint8Array.from({ length: count }, () => {
      let steps = 0;
      while (this.#bits.bits(1) === 1) steps += 1;
      if (steps >= tables) throw new Error('a selector names no code table');
      const [table = 0] = order.splice(steps, 1);
      order.unshift(table);
      return table;
    });
  }

  #code(symbols: number): Huffman {
    let length = this.#bits.bits(5);
    const lengths = Uint8Array.from({ length: symbols }, () => {
      while (length >= 1 && length <= 20 && this.#bits.bits(1) === 1) {
        length += this.#bits.bits(1) === 1 ? -1 : 1;
      }
      return length;
    });
    return new Huffman(lengths);
  }

  /** @returns how many bytes the block has; their values lie in the chain. */
  #symbols(front: Uint8Array, selectors: Uint8Array, codes: readonly Huffman[]): number {
    const end = front.length + 1;
    const chain = this.#chain;
    let length = 0;
    let run = 0;
    let weight = 0;
    for (const selector of selectors) {
      const code = codes[selector];
      if (code === undefined) throw new Error('a selector names no code table');
      for (let left = SYMBOLS_PER_SELECTOR; left > 0; left -= 1) {
        const symbol = code.read(this.#bits);
        if (symbol <= 1) {
          if (weight > LONGEST_RUN_BITS) throw new Error('a run is longer than its block');
          run += (symbol + 1) << weight;
          weight += 1;
          continue;
        }
        if (run > 0) {
          if (length + run > this.#size) throw new Error('a block is longer than it promises');
          chain.fill(front[0] ?? 0, length, length + run);
          length += run;
          run = 0;
          weight = 0;
        }
        if (symbol === end) return length;
        if (length >= this.#size) throw new Error('a block is longer than it promises');
        const byte = front[symbol - 1] ?? 0;
        front.copyWithin(1, 0, symbol - 1);
        front[0] = byte;
        chain[length] = byte;
        length += 1;
      }
    }
    throw new Error('a block has too few selectors');
  }

  /** Inverts the Burrows-Wheeler transform: each place learns which one follows it. */
  #link(): void {
    const chain = this.#chain;
    const next = new Uint32Array(256);
    for (let at = 0; at < this.#length; at += 1) {
      const byte = (chain[at] ?? 0) & 0xff;
      next[byte] = (next[byte] ?? 0) + 1;
    }
    let sum = 0;
    for (let byte = 0; byte < 256; byte += 1) {
      const count = next[byte] ?? 0;
      next[byte] = sum;
      sum += count;
    }
    for (let at = 0; at < this.#length; at += 1) {
      const byte = (chain[at] ?? 0) & 0xff;
      const place = next[byte] ?? 0;
      next[byte] = place + 1;
      chain[place] = ((chain[place] ?? 0) & 0xff) | (at << 8);
    }
  }

  /** The block's bytes: four equal ones are followed by how often theirs is repeated. */
  *bytes(): Generator<Uint8Array> {
    const chain = this.#chain;
    let piece = new Uint8Array(PIECE_BYTES);
    let filled = 0;
    let equal = 0;
    let last = -1;
    let place = (chain[this.#origin] ?? 0) >>> 8;
    this.crc = 0;
    for (let left = this.#length; left > 0; left -= 1) {
      const link = chain[place] ?? 0;
      const byte = link & 0xff;
      place = link >>> 8;
      // A run of 255 and its first byte must fit.
      if (filled + 256 > PIECE_BYTES) {
        this.crc = bzip2Crc(piece, filled, this.crc);
        yield piece.subarray(0, filled);
        piece = new Uint8Array(PIECE_BYTES);
        filled = 0;
      }
      if (equal === 4) {
        piece.fill(last, filled, filled + byte);
        filled += byte;
        equal = 0;
        last = -1;
        continue;
      }
      equal = byte === last ? equal + 1 : 1;
      last = byte;
      piece[filled] = byte;
      filled += 1;
    }
    this.crc = bzip2Crc(piece, filled, this.crc);
    yield piece.subarray(0, filled);
  }
}
