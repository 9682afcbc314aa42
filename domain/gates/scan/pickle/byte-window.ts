import type { ByteSource } from '#domain/gates/scan/byte-source.ts';

const FIRST_CHUNK = 32 * 1024;
const LARGEST_CHUNK = 2 * 1024 * 1024;

/**
 * The part of a source in hand. Its chunks double while reading goes on without a gap, and start
 * small again after a jump, so that stepping over arrays costs little.
 */
export class ByteWindow {
  bytes: Uint8Array = new Uint8Array(0);
  /** Offset in the source of `bytes[0]`. */
  start = 0;
  /** No byte at or after this offset is read; less than promised when the source is cut short. */
  end: number;
  reads = 0;
  readonly #source: ByteSource;
  #chunk = FIRST_CHUNK / 2;

  constructor(source: ByteSource, end: number = source.size) {
    this.#source = source;
    this.end = Math.min(end, source.size);
  }

  holds(offset: number, length: number): boolean {
    return offset >= this.start && offset + length <= this.start + this.bytes.length;
  }

  /** Puts `length` bytes from `offset` in hand, or all up to the end when there are fewer. */
  async load(offset: number, length: number): Promise<void> {
    const onward = offset >= this.start && offset <= this.start + this.bytes.length;
    this.#chunk = onward ? Math.min(this.#chunk * 2, LARGEST_CHUNK) : FIRST_CHUNK;
    const wanted = Math.min(Math.max(length, this.#chunk), Math.max(this.end - offset, 0));
    const bytes = wanted === 0 ? new Uint8Array(0) : await this.#source.read(offset, wanted);
    this.reads += 1;
    this.start = offset;
    this.bytes = bytes;
    if (bytes.length < wanted) this.end = offset + bytes.length;
  }
}
