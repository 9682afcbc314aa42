import { bucketOf } from '#domain/rollout/histogram.ts';
import type { ArmTraffic, FailureKind } from '#domain/rollout/traffic.ts';

/** `ArmTraffic` while it is being counted. */
export class ArmTally {
  #assigned = 0;
  #exposures = 0;
  #failures = 0;
  readonly #kinds = new Map<FailureKind, number>();
  readonly #latency = new Map<number, number>();

  assign(): void {
    this.#assigned += 1;
  }

  expose(): void {
    this.#exposures += 1;
  }

  fail(kind: FailureKind): void {
    this.#failures += 1;
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
  }

  time(ms: number): void {
    const bucket = bucketOf(ms);
    this.#latency.set(bucket, (this.#latency.get(bucket) ?? 0) + 1);
  }

  traffic(): ArmTraffic {
    return {
      assigned: this.#assigned,
      exposures: this.#exposures,
      failures: this.#failures,
      kinds: Object.fromEntries(this.#kinds),
      latency: [...this.#latency].sort(([a], [b]) => a - b),
    };
  }
}
