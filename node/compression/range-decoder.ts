import { type Input, truncated } from './input.ts';

const BITS_OF_PROBABILITY = 11;
const HALF = 1 << (BITS_OF_PROBABILITY - 1);
const ADAPTION = 5;
const LEAST_RANGE = 2 ** 24;

export const probabilities = (count: number): Uint16Array => new Uint16Array(count).fill(HALF);

/** LZMA's binary range decoder: bits whose probabilities adapt, out of a window of input. */
export class RangeDecoder {
  static readonly HEADER_BYTES = 5;
  readonly #input: Input;
  #range = 0;
  #code = 0;
  /** Where in the window its bytes end. */
  #end = 0;

  constructor(input: Input) {
    this.#input = input;
  }

  /** Begins anew with the window's next bytes. */
  start(): void {
    const { bytes, at } = this.#input;
    if (this.#input.left < RangeDecoder.HEADER_BYTES) throw truncated();
    if (bytes[at] !== 0) throw new Error('a range coder does not begin with zero');
    this.#code = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(1);
    this.#range = 0xffffffff;
    this.#input.at = at + RangeDecoder.HEADER_BYTES;
  }

  /** Reads no further than to offset `end` of the window. */
  until(end: number): void {
    this.#end = end;
  }

  /** Takes the last byte that belongs to it, if any is due. @returns whether all was said. */
  finish(): boolean {
    this.#normalise();
    return this.#code === 0;
  }

  bit(probs: Uint16Array, index: number): 0 | 1 {
    this.#normalise();
    const probability = probs[index] ?? 0;
    const bound = (this.#range >>> BITS_OF_PROBABILITY) * probability;
    if (this.#code < bound) {
      this.#range = bound;
      probs[index] = probability + ((2048 - probability) >>> ADAPTION);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    probs[index] = probability - (probability >>> ADAPTION);
    return 1;
  }

  /** `count` bits of even odds, highest first. */
  direct(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left -= 1) {
      this.#normalise();
      this.#range >>>= 1;
      const one = this.#code >= this.#range;
      if (one) this.#code -= this.#range;
      value = value * 2 + (one ? 1 : 0);
    }
    return value;
  }

  /** `count` bits, highest first, by a tree of probabilities from `base` on. */
  tree(probs: Uint16Array, base: number, count: number): number {
    let node = 1;
    for (let left = count; left > 0; left -= 1) node = node * 2 + this.bit(probs, base + node);
    return node - (1 << count);
  }

  /** `count` bits, lowest first, by a tree of probabilities from `base` on. */
  reverseTree(probs: Uint16Array, base: number, count: number): number {
    let node = 1;
    let value = 0;
    for (let at = 0; at < count; at += 1) {
      const bit = this.bit(probs, base + node);
      node = node * 2 + bit;
      value |= bit << at;
    }
    return value;
  }

  #normalise(): void {
    if (this.#range >= LEAST_RANGE) return;
    const input = this.#input;
    if (input.at >= this.#end) throw truncated();
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | (input.bytes[input.at] ?? 0)) >>> 0;
    input.at += 1;
  }
}
