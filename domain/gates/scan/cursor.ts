import type { ByteSource } from './byte-source.ts';
import { FormatError } from './format-error.ts';
import { LittleEndian } from './little-endian.ts';

/** Chunks double while reading goes on without a gap, and start small again after a jump. */
const FIRST_CHUNK = 16 * 1024;
const LARGEST_CHUNK = 1024 * 1024;

/** Reads a source from front to back, in chunks; `skip` steps over bytes without reading them. */
export class Cursor {
  /** Offset of the next byte. */
  at: number;
  readonly end: number;
  readonly #source: ByteSource;
  readonly #truncated: string;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #chunk = FIRST_CHUNK;

  /** `truncated` is the id of the finding when the bytes end too early. */
  constructor(source: ByteSource, truncated: string, at = 0, end = source.size) {
    this.#source = source;
    this.#truncated = truncated;
    this.at = at;
    this.end = end;
  }

  /** A view of the next `length` bytes. @throws FormatError when there are fewer. */
  async take(length: number): Promise<Uint8Array> {
    this.#require(length);
    const from = this.at - this.#start;
    if (from < 0 || from + length > this.#bytes.length) {
      const onward = from >= 0 && from <= this.#bytes.length;
      this.#chunk = onward ? Math.min(this.#chunk * 2, LARGEST_CHUNK) : FIRST_CHUNK;
      const wanted = Math.min(Math.max(length, this.#chunk), this.end - this.at);
      this.#bytes = await this.#source.read(this.at, wanted);
      this.#start = this.at;
    }
    const begin = this.at - this.#start;
    this.at += length;
    return this.#bytes.subarray(begin, begin + length);
  }

  skip(length: number): void {
    this.#require(length);
    this.at += length;
  }

  async u8(): Promise<number> {
    return (await this.take(1))[0] ?? 0;
  }

  async u32(): Promise<number> {
    return new LittleEndian(await this.take(4)).u32(0);
  }

  /** Infinity from 2^53 on. */
  async u64(): Promise<number> {
    return new LittleEndian(await this.take(8)).u64(0);
  }

  #require(length: number): void {
    if (length <= this.end - this.at) return;
    throw new FormatError(
      this.#truncated,
      'fail',
      `needs ${length} bytes where ${this.end - this.at} are left; upload the whole file again`,
      this.at,
    );
  }
}
