/** Compressed bytes that arrive in pieces, read from front to back through a window. */
export class Input {
  /** The window; the next byte is at `at`, and `end` bytes of it are filled. */
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  #before = 0;
  #ended = false;
  readonly #pieces: AsyncIterator<Uint8Array>;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Bytes read so far, of all. */
  get consumed(): number {
    return this.#before + this.at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Whether the window holds the last byte of the input. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Widens the window until `length` bytes are left in it, or the input has ended. */
  async fill(length: number): Promise<void> {
    if (this.left >= length || this.#ended) return;
    const parts = [this.bytes.subarray(this.at)];
    let held = this.left;
    while (held < length) {
      const next = await this.#pieces.next();
      if (next.done) {
        this.#ended = true;
        break;
      }
      parts.push(next.value);
      held += next.value.length;
    }
    this.#before += this.at;
    this.at = 0;
    this.bytes = joined(parts, held);
  }

  /** A view of the next `length` bytes. @throws Error when there are fewer. */
  async take(length: number): Promise<Uint8Array> {
    await this.fill(length);
    if (this.left < length) throw truncated();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Whether `magic` comes next; steps over it when it does. */
  async follows(magic: readonly number[]): Promise<boolean> {
    await this.fill(magic.length);
    if (!magic.every((byte, index) => this.bytes[this.at + index] === byte)) return false;
    this.at += magic.length;
    return true;
  }
}

export const truncated = (): Error => new Error('it ends early');

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
