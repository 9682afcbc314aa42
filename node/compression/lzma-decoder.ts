import type { LzmaWindow } from './lzma-window.ts';
import { probabilities, type RangeDecoder } from './range-decoder.ts';

const STATES = 12;
const POSITIONS = 16;
/** No symbol takes more bytes of input: LZMA_REQUIRED_INPUT_MAX of the LZMA SDK. */
export const SYMBOL_BYTES = 20;

/** `lc`, `lp` and `pb` of LZMA: bits of context of a literal and of its place, and of a place. */
export interface LzmaProperties {
  readonly literalContext: number;
  readonly literalPlace: number;
  readonly place: number;
}

/** @throws Error for a byte that stands for none, or for more literals than liblzma takes. */
export function propertiesOf(byte: number): LzmaProperties {
  if (byte >= 9 * 5 * 5) throw new Error(`its properties are ${byte}, at most 224 are defined`);
  const literalContext = byte % 9;
  const rest = Math.floor(byte / 9);
  const literalPlace = rest % 5;
  if (literalContext + literalPlace > 4) {
    throw new Error(
      `its literals have ${literalContext + literalPlace} bits of context, at most 4`,
    );
  }
  return { literalContext, literalPlace, place: Math.floor(rest / 5) };
}

/** LZMA without any container; the specification of the LZMA SDK, `lzma-specification.txt`. */
export class LzmaDecoder {
  readonly #range: RangeDecoder;
  readonly #window: LzmaWindow;
  readonly #properties: LzmaProperties;
  readonly #literals: Uint16Array;
  readonly #isMatch = probabilities(STATES * POSITIONS);
  readonly #isRep = probabilities(STATES);
  readonly #isRep0 = probabilities(STATES);
  readonly #isRep1 = probabilities(STATES);
  readonly #isRep2 = probabilities(STATES);
  readonly #isRep0Long = probabilities(STATES * POSITIONS);
  readonly #slots = probabilities(4 * 64);
  readonly #special = probabilities(128);
  readonly #align = probabilities(16);
  readonly #matchLength = new Lengths();
  readonly #repLength = new Lengths();
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;
  /** Bytes unpacked since the dictionary was reset. */
  #place: number;

  constructor(
    range: RangeDecoder,
    window: LzmaWindow,
    properties: LzmaProperties,
    /** Bytes unpacked before, which tell the place of a literal. */
    place = 0,
  ) {
    this.#range = range;
    this.#window = window;
    this.#properties = properties;
    this.#place = place;
    const { literalContext, literalPlace } = properties;
    this.#literals = probabilities(0x300 << (literalContext + literalPlace));
  }

  /** Counts bytes that came without being coded. */
  passOver(bytes: number): void {
    this.#place += bytes;
  }

  /**
   * Decodes one symbol of at most `limit` bytes. @returns how many it gave, 0 for the end marker.
   * @throws Error for a match beyond the limit or the dictionary.
   */
  symbol(limit: number): number {
    const range = this.#range;
    const place = this.#place & ((1 << this.#properties.place) - 1);
    const at = this.#state * POSITIONS + place;
    if (range.bit(this.#isMatch, at) === 0) {
      this.#literal();
      this.#place += 1;
      return 1;
    }
    let length: number;
    if (range.bit(this.#isRep, this.#state) === 0) {
      length = this.#matchLength.read(range, place);
      this.#rep3 = this.#rep2;
      this.#rep2 = this.#rep1;
      this.#rep1 = this.#rep0;
      this.#rep0 = this.#distance(length);
      this.#state = this.#state < 7 ? 7 : 10;
      if (this.#rep0 === 0xffffffff) return 0;
    } else if (this.#isShortRep(at)) {
      length = 1;
      this.#state = this.#state < 7 ? 9 : 11;
    } else {
      length = this.#repLength.read(range, place);
      this.#state = this.#state < 7 ? 8 : 11;
    }
    if (length > limit) throw new Error(`a match gives ${length} bytes where ${limit} are left`);
    this.#window.repeat(this.#rep0 + 1, length);
    this.#place += length;
    return length;
  }

  /** Finds which of the last distances is used again, and whether for one byte only. */
  #isShortRep(at: number): boolean {
    const range = this.#range;
    if (range.bit(this.#isRep0, this.#state) === 0) {
      return range.bit(this.#isRep0Long, at) === 0;
    }
    let distance = this.#rep1;
    if (range.bit(this.#isRep1, this.#state) === 1) {
      distance = this.#rep2;
      if (range.bit(this.#isRep2, this.#state) === 1) {
        distance = this.#rep3;
        this.#rep3 = this.#rep2;
      }
      this.#rep2 = this.#rep1;
    }
    this.#rep1 = this.#rep0;
    this.#rep0 = distance;
    return false;
  }

  #literal(): void {
    const { literalContext, literalPlace } = this.#properties;
    const range = this.#range;
    const window = this.#window;
    const low = this.#place & ((1 << literalPlace) - 1);
    const context = (low << literalContext) + (window.back(1) >> (8 - literalContext));
    const base = 0x300 * context;
    const literals = this.#literals;
    let node = 1;
    if (this.#state >= 7) {
      let match = window.back(this.#rep0 + 1);
      while (node < 0x100) {
        const expected = (match >> 7) & 1;
        match <<= 1;
        const bit = range.bit(literals, base + ((1 + expected) << 8) + node);
        node = node * 2 + bit;
        if (bit !== expected) break;
      }
    }
    while (node < 0x100) node = node * 2 + range.bit(literals, base + node);
    window.put(node & 0xff);
    const state = this.#state;
    if (state < 4) this.#state = 0;
    else this.#state = state < 10 ? state - 3 : state - 6;
  }

  /** A distance less 1; 0xffffffff stands for the end. */
  #distance(length: number): number {
    const range = this.#range;
    const slot = range.tree(this.#slots, Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const high = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return high + range.reverseTree(this.#special, high - slot, bits);
    return high + range.direct(bits - 4) * 16 + range.reverseTree(this.#align, 0, 4);
  }
}

/** Lengths of 2 to 273. */
class Lengths {
  readonly #choice = probabilities(2);
  readonly #low = probabilities(POSITIONS * 8);
  readonly #middle = probabilities(POSITIONS * 8);
  readonly #high = probabilities(256);

  read(range: RangeDecoder, place: number): number {
    if (range.bit(this.#choice, 0) === 0) return 2 + range.tree(this.#low, place * 8, 3);
    if (range.bit(this.#choice, 1) === 0) return 10 + range.tree(this.#middle, place * 8, 3);
    return 18 + range.tree(this.#high, 0, 8);
  }
}
