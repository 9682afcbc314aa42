import type { FormatError } from '#domain/gates/scan/format-error.ts';
import { LittleEndian } from '#domain/gates/scan/little-endian.ts';
import { latin1 } from '#domain/gates/scan/pickle/python-text.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';
import { broken } from './broken.ts';

/** Bytes of an address and of a length, as the superblock declares them. */
export interface Widths {
  readonly address: number;
  readonly length: number;
}

/** Reads the fields of one block of metadata in order. @throws FormatError beyond its end. */
export class Fields {
  at = 0;
  /** Offset of the block in the file, for findings. */
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly widths: Widths;
  readonly #numbers: LittleEndian;

  constructor(bytes: Uint8Array, start: number, widths: Widths) {
    this.bytes = bytes;
    this.start = start;
    this.widths = widths;
    this.#numbers = new LittleEndian(bytes);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    const from = this.#step(length);
    return this.bytes.subarray(from, from + length);
  }

  skip(length: number): void {
    this.#step(length);
  }

  /** The next bytes as a block of their own. */
  part(length: number): Fields {
    const start = this.start + this.at;
    return new Fields(this.take(length), start, this.widths);
  }

  /** The same block from its beginning. */
  again(): Fields {
    return new Fields(this.bytes, this.start, this.widths);
  }

  u8 = (): number => this.bytes[this.#step(1)] ?? 0;
  u16 = (): number => this.#numbers.u16(this.#step(2));
  u32 = (): number => this.#numbers.u32(this.#step(4));

  /** A number of any width; Infinity from 2^53 on. */
  number(width: number): number {
    let value = 0;
    let scale = 1;
    for (const byte of this.take(width)) {
      if (byte !== 0) value += byte * scale;
      scale *= 256;
    }
    return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY;
  }

  length = (): number => this.number(this.widths.length);

  /** An address; undefined when all its bits are set, which stands for none. */
  address(): number | undefined {
    const { address } = this.widths;
    const isNone = this.bytes.subarray(this.at, this.at + address).every((byte) => byte === 0xff);
    const value = this.number(address);
    return isNone ? undefined : value;
  }

  /** Text up to a zero, which is stepped over. */
  terminated(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw this.broken('truncated', 'a name without an end');
    const text = textIn(this.take(end - this.at));
    this.skip(1);
    return text;
  }

  broken(id: string, what: string): FormatError {
    return broken(id, what, this.start + this.at);
  }

  #step(length: number): number {
    if (!(length <= this.left)) {
      throw this.broken(
        'truncated',
        `${length} bytes of metadata are called for where ${this.left} are left`,
      );
    }
    const from = this.at;
    this.at += length;
    return from;
  }
}

/** Names are UTF-8 or ASCII; what is neither is only shown and compared. */
export const textIn = (bytes: Uint8Array): string => fromUtf8(bytes) ?? latin1(bytes);
