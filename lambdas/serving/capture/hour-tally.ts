import type { Seen } from '#domain/monitoring/capture/seen.ts';
import { bucketOf } from '#domain/rollout/histogram.ts';
import type { RowCounter } from './count-rows.ts';

/** `Seen` while it is being counted: of one version in one hour. */
export class HourTally {
  #requests = 0;
  #rows = 0;
  #cached = 0;
  readonly #failures = new Map<string, number>();
  readonly #latency = new Map<number, number>();
  #counter: RowCounter | undefined;

  /** @param ms that the model ran; undefined where nothing was timed */
  answered(rows: number, ms: number | undefined, cached: boolean): void {
    this.#requests += 1;
    this.#rows += rows;
    if (cached) this.#cached += 1;
    if (ms === undefined) return;
    const bucket = bucketOf(ms);
    this.#latency.set(bucket, (this.#latency.get(bucket) ?? 0) + 1);
  }

  failed(kind: string): void {
    this.#requests += 1;
    this.#failures.set(kind, (this.#failures.get(kind) ?? 0) + 1);
  }

  /** What rows are counted by from now on: bins do not change within an hour. */
  begin(newCounter: () => RowCounter): RowCounter {
    this.#counter ??= newCounter();
    return this.#counter;
  }

  /** Once rows began to be counted. */
  get counter(): RowCounter | undefined {
    return this.#counter;
  }

  /** A view: what is counted later shows in its features. */
  seen(): Seen {
    return {
      ...{ profile: null, counted: 0, features: [] },
      ...this.#counter?.counted(),
      ...{ requests: this.#requests, rows: this.#rows, cached: this.#cached },
      failures: Object.fromEntries(this.#failures),
      latency: [...this.#latency].sort(([a], [b]) => a - b),
    };
  }
}
