import { OnnxError } from './onnx-error.ts';

/** A file that answers range reads, such as one pinned version of an S3 object. */
export interface RangeReader {
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; both stay within `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

const FIRST_CHUNK = 128 * 1024;
const LARGEST_CHUNK = 4 * 1024 * 1024;

/**
 * A buffer that slides forward over a file. Its chunks double while reading goes on without a
 * gap, and start small again after a jump, so that stepping over tensors costs little.
 */
export class SlidingWindow {
  bytes: Uint8Array = new Uint8Array(0);
  /** File offset of `bytes[0]`. */
  start = 0;
  reads = 0;
  bytesRead = 0;
  readonly #reader: RangeReader;
  readonly #mostReads: number;
  #chunk = FIRST_CHUNK / 2;

  constructor(reader: RangeReader, mostReads: number) {
    this.#reader = reader;
    this.#mostReads = mostReads;
  }

  holds(offset: number, length: number): boolean {
    return offset >= this.start && offset + length <= this.start + this.bytes.length;
  }

  async load(offset: number, length: number): Promise<void> {
    if (this.reads === this.#mostReads) {
      throw new OnnxError(
        'over-limit',
        `needs more than ${this.#mostReads} reads at byte ${offset}; keep weights in external data`,
      );
    }
    const onward = offset >= this.start && offset <= this.start + this.bytes.length;
    this.#chunk = onward ? Math.min(this.#chunk * 2, LARGEST_CHUNK) : FIRST_CHUNK;
    const wanted = Math.min(Math.max(length, this.#chunk), this.#reader.size - offset);
    const bytes = await this.#reader.read(offset, wanted);
    this.reads += 1;
    this.bytesRead += bytes.length;
    if (bytes.length < wanted) {
      throw new OnnxError(
        'truncated',
        `truncated at byte ${offset + bytes.length}: ${this.#reader.size} bytes were promised`,
      );
    }
    this.bytes = bytes;
    this.start = offset;
  }
}
