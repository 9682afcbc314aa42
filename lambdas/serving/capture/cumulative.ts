/** Of one state, while it grows: a crash loses no more than comes within it. */
const WRITE_EVERY_MS = 60_000;
/** Sooner where so much came, but not on every request of a client that sends many rows in each. */
const WRITE_EVERY = 1_000;
const WRITE_GAP_MS = 5_000;
/** After a last write that failed: requests must not wait for a table that is away one after the other. */
const RETRY_MS = 1_000;
/** A write that was under way when the sandbox froze may never end: it is given up on. */
const GIVEN_UP_MS = 10_000;

/** Says when a state that only grows is to be written, and numbers what is written of it. */
export class Cumulative {
  readonly #put: (seq: number) => Promise<void>;
  #seq = 0;
  /** Counted since the state that was written last; undefined where that has it all. */
  #unwritten: number | undefined;
  #writing = false;
  #triedAt = Number.NEGATIVE_INFINITY;
  #retryAt = Number.NEGATIVE_INFINITY;

  /** @param put of the whole state, which it must take at once */
  constructor(put: (seq: number) => Promise<void>) {
    this.#put = put;
  }

  /** When it was last written, or could not be. */
  get triedAt(): number {
    return this.#triedAt;
  }

  /** Whether the last state is written. */
  get settled(): boolean {
    return this.#unwritten === undefined && !this.#writing;
  }

  grew(by: number): void {
    this.#unwritten = (this.#unwritten ?? 0) + by;
  }

  /** @param over whether the state grows no more */
  isDue(now: number, over: boolean): boolean {
    const sinceMs = now - this.#triedAt;
    if (this.#writing) return sinceMs >= GIVEN_UP_MS;
    if (this.#unwritten === undefined || now < this.#retryAt) return false;
    const gapMs = this.#unwritten >= WRITE_EVERY ? WRITE_GAP_MS : WRITE_EVERY_MS;
    return over || sinceMs >= gapMs;
  }

  /** Never rejects: what is not written now comes with the next state. */
  async write(now: number): Promise<void> {
    const seq = this.#seq + 1;
    const carried = this.#unwritten ?? 0;
    this.#seq = seq;
    this.#unwritten = undefined;
    this.#writing = true;
    this.#triedAt = now;
    try {
      await this.#put(seq);
    } catch {
      this.grew(carried);
      this.#retryAt = now + RETRY_MS;
    } finally {
      if (this.#seq === seq) this.#writing = false;
    }
  }
}
