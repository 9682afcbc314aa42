/** Runs tasks, at most `width` at once and in order of arrival; after a failure it starts no more. */
export class Pool {
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #failed = false;

  constructor(width: number) {
    this.#free = width;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      if (this.#failed) throw new Abandoned();
      return await task();
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

/** Said by tasks that never started, because another one failed before. */
class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/** Waits for all, also after a failure, so that nothing runs on; then throws the first cause. */
export async function settleAll(tasks: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(tasks);
  const reasons = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason] : []));
  if (reasons.length > 0) throw reasons.find((r) => !(r instanceof Abandoned)) ?? reasons[0];
}
