import { FormatError } from '#domain/gates/scan/format-error.ts';

/** What `xz -9` uses, and the most that Python's `lzma` does by its presets. */
const LARGEST_DICTIONARY = 64 * 1024 * 1024;
const SLACK = 4 * 1024 * 1024;

/** The dictionary: what was unpacked last, as far back as a match may reach. It grows with its use. */
export class LzmaWindow {
  readonly #reach: number;
  #bytes = new Uint8Array(64 * 1024);
  #at = 0;
  /** Bytes from here on were not given out yet. */
  #fresh = 0;
  /** Bytes before this one belong to what was before the last reset. */
  #start = 0;

  /** @throws FormatError for a dictionary larger than is held here. */
  constructor(size: number) {
    if (size > LARGEST_DICTIONARY) {
      throw new FormatError(
        'lzma.dictionary',
        'inconclusive',
        `needs a dictionary of ${size} bytes, at most ${LARGEST_DICTIONARY} are held here; compress the file again with a preset of 9 or less`,
      );
    }
    this.#reach = Math.max(size, 4096);
  }

  /** Bytes that wait to be taken. */
  get fresh(): number {
    return this.#at - this.#fresh;
  }

  reset(): void {
    this.#start = this.#at;
  }

  /** The byte `distance` back, 1 for the last one; 0 where there is none. */
  back(distance: number): number {
    return this.#at - distance < this.#start ? 0 : (this.#bytes[this.#at - distance] ?? 0);
  }

  put(byte: number): void {
    if (this.#at === this.#bytes.length) this.#makeRoom(1);
    this.#bytes[this.#at] = byte;
    this.#at += 1;
  }

  putAll(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Repeats `length` bytes from `distance` back. @throws Error beyond the dictionary. */
  repeat(distance: number, length: number): void {
    if (distance > this.#at - this.#start || distance > this.#reach) {
      throw new Error(`a match reaches ${distance} bytes back, beyond the dictionary`);
    }
    this.#makeRoom(length);
    const bytes = this.#bytes;
    const from = this.#at - distance;
    for (let at = 0; at < length; at += 1) bytes[this.#at + at] = bytes[from + at] ?? 0;
    this.#at += length;
  }

  /** A copy of the bytes that were unpacked since the last time. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(this.#fresh, this.#at);
    this.#fresh = this.#at;
    return taken;
  }

  #makeRoom(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const from = Math.max(0, Math.min(this.#at - this.#reach, this.#fresh));
    const kept = this.#at - from;
    if (from < SLACK && from < kept) {
      const most = this.#reach + 3 * SLACK;
      const wanted = Math.max(this.#at + length, Math.min(this.#bytes.length * 2, most));
      const wider = new Uint8Array(wanted);
      wider.set(this.#bytes.subarray(0, this.#at));
      this.#bytes = wider;
      return;
    }
    this.#bytes.copyWithin(0, from, this.#at);
    this.#at = kept;
    this.#fresh -= from;
    this.#start = Math.max(0, this.#start - from);
    if (this.#at + length > this.#bytes.length) this.#makeRoom(length);
  }
}
