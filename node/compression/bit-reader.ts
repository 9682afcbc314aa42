import { type Input, truncated } from './input.ts';

/** Bits of a window of input, highest first; no whole byte is taken before it is needed. */
export class BitReader {
  readonly #input: Input;
  #held = 0;
  #count = 0;

  constructor(input: Input) {
    this.#input = input;
  }

  /** The next `count` bits, at most 24. @throws Error beyond the window. */
  bits(count: number): number {
    while (this.#count < count) {
      const byte = this.#input.bytes[this.#input.at];
      if (byte === undefined) throw truncated();
      this.#input.at += 1;
      this.#held = ((this.#held << 8) | byte) >>> 0;
      this.#count += 8;
    }
    this.#count -= count;
    const value = this.#held >>> this.#count;
    this.#held &= (1 << this.#count) - 1;
    return value;
  }

  u32(): number {
    return this.bits(16) * 0x10000 + this.bits(16);
  }

  /** Steps to the next whole byte. @returns the bits stepped over. */
  align(): number {
    const rest = this.#held;
    this.#held = 0;
    this.#count = 0;
    return rest;
  }
}
