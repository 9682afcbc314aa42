import { crc32 } from '#domain/gates/scan/crc32.ts';

/** Reads fields of XZ out of bytes that are there as a whole. @throws Error beyond their end. */
export class XzFields {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw new Error('a field of a header ends early');
    this.at += 1;
    return byte;
  }

  /** A number of 1 to 9 bytes of 7 bits each, lowest first; exact below 2^53. */
  number(): number {
    return numberOf(() => this.byte());
  }

  /** @throws Error unless nothing but zeros is left. */
  padding(): void {
    if (this.#bytes.subarray(this.at).some((byte) => byte !== 0)) {
      throw new Error('padding is not zero');
    }
  }
}

/** Reads a number of XZ, byte by byte. */
export function numberOf(next: () => number): number {
  let value = 0;
  for (let index = 0; index < 9; index += 1) {
    const byte = next();
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      if (byte === 0 && index > 0) break;
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
  }
  throw new Error('a number is longer than it needs to be, or beyond 2^53');
}

/** Splits bytes from the CRC-32 that ends them. @throws Error when they do not have it. */
export function checked(bytes: Uint8Array, what: string): Uint8Array {
  const end = bytes.length - 4;
  const promised = new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(0, true);
  const content = bytes.subarray(0, end);
  if (crc32(content) !== promised) throw new Error(`${what} does not have the CRC it promises`);
  return content;
}
