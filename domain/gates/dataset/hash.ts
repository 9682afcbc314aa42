const BITS = new Float64Array(1);
const WORDS = new Uint32Array(BITS.buffer);

/**
 * A 64-bit hash of words, numbers and texts, as two 32-bit lanes with the constants of
 * MurmurHash3_x86_128: fast and even, and no defence against whoever looks for collisions.
 */
export class Hash64 {
  /** Unsigned 32 bits each, valid after `finish`. */
  high = 0;
  low = 0;
  readonly #seed: number;
  #words = 0;

  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  start(): void {
    this.high = this.#seed;
    this.low = this.#seed ^ 0x5bd1e995;
    this.#words = 0;
  }

  word(word: number): void {
    const a = Math.imul(word, 0x239b961b);
    const b = Math.imul(word, 0x38b34ae5);
    const high = this.high ^ Math.imul((a << 15) | (a >>> 17), 0xab0e9789);
    const low = this.low ^ Math.imul((b << 17) | (b >>> 15), 0xa1e38b93);
    this.high = (Math.imul((high << 19) | (high >>> 13), 5) + 0x561ccd1b + low) | 0;
    this.low = (Math.imul((low << 13) | (low >>> 19), 5) + 0x32ac3b17 + this.high) | 0;
    this.#words++;
  }

  /** The bits of a double; -0 counts as 0. */
  number(value: number): void {
    BITS[0] = value + 0;
    this.word(WORDS[0] as number);
    this.word(WORDS[1] as number);
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i));
    this.word(text.length);
  }

  finish(): void {
    let high = mixed(this.high ^ this.#words);
    let low = mixed(this.low ^ this.#words);
    high = (high + low) | 0;
    low = (low + high) | 0;
    this.high = mixed(high) >>> 0;
    this.low = mixed(low) >>> 0;
  }
}

/** MurmurHash3's finaliser: each bit of the input reaches each of the output. */
function mixed(word: number): number {
  const a = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return b ^ (b >>> 16);
}

/** 32 bits that spread values evenly, however close they are to each other. */
export function spread(value: number): number {
  BITS[0] = value + 0;
  return mixed(mixed(WORDS[0] as number) ^ (WORDS[1] as number)) >>> 0;
}
