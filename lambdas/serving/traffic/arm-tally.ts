import { bucketOf } from '#domain/rollout/histogram.ts';
import type { ArmTraffic, FailureKind, UserSample } from '#domain/rollout/traffic.ts';

/** What is counted of requests and users together, and of users alone. */
class Counts {
  assigned = 0;
  exposures = 0;
  failures = 0;
  readonly #kinds = new Map<FailureKind, number>();

  fail(kind: FailureKind): void {
    this.failures += 1;
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
  }

  all() {
    const { assigned, exposures, failures } = this;
    return { assigned, exposures, failures, kinds: Object.fromEntries(this.#kinds) };
  }
}

/** `ArmTraffic` while it is being counted; `sampled` units are users who are sampled besides. */
export class ArmTally {
  readonly #all = new Counts();
  readonly #users = new Counts();
  readonly #latency = new Map<number, number>();

  assign(sampled: boolean): void {
    for (const counts of this.#of(sampled)) counts.assigned += 1;
  }

  expose(sampled: boolean): void {
    for (const counts of this.#of(sampled)) counts.exposures += 1;
  }

  fail(kind: FailureKind, sampled: boolean): void {
    for (const counts of this.#of(sampled)) counts.fail(kind);
  }

  time(ms: number): void {
    const bucket = bucketOf(ms);
    this.#latency.set(bucket, (this.#latency.get(bucket) ?? 0) + 1);
  }

  /** @param sample of the users, where there were any */
  traffic(sample: UserSample): ArmTraffic {
    const users = this.#users.all();
    const { assigned, exposures, failures } = users;
    return {
      ...this.#all.all(),
      latency: [...this.#latency].sort(([a], [b]) => a - b),
      ...(assigned + exposures + failures > 0 && { users: { ...users, sample } }),
    };
  }

  #of(sampled: boolean): readonly Counts[] {
    return sampled ? [this.#all, this.#users] : [this.#all];
  }
}
