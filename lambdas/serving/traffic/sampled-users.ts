import { HashRange } from '#domain/gates/dataset/hash-range.ts';
import { LOW_BITS, type Sample, sampleOf, unitHash } from '#domain/rollout/distinct.ts';
import { FAILURE_KINDS, type FailureKind, type UserSample } from '#domain/rollout/traffic.ts';
import { type Decision, trafficName } from '#domain/serving/decision.ts';

/**
 * Hashes of 8 characters that one process keeps of one generation: 14 KB of its item together. Of
 * failures most, since each that is left out is evidence less.
 */
const MAX = { assigned: 512, exposed: 256, failed: 1024 } as const;

type Seen = Pick<Decision, 'trial' | 'arm' | 'unit'>;
/** Named as in `Traffic`. */
type Arm = Pick<Decision, 'trial' | 'arm'>;

/** Who was counted in one generation: samples that those of other processes can be united with. */
export class SampledUsers {
  readonly #assigned = new Narrowing(MAX.assigned);
  readonly #exposed = new Narrowing(MAX.exposed);
  readonly #failed = new Narrowing(MAX.failed);

  assigned(seen: Seen): void {
    this.#assigned.add(keyOf(seen), unitHash('assigned', seen.trial, seen.unit));
  }

  exposed(seen: Seen, slice: number): void {
    this.#exposed.add(keyOf(seen), unitHash('exposed', seen.trial, seen.unit, slice));
  }

  failed(seen: Seen, kind: FailureKind): void {
    this.#failed.add(keyOf(seen, kind), unitHash('failed', seen.trial, seen.unit));
  }

  get size(): number {
    return this.#assigned.size + this.#exposed.size + this.#failed.size;
  }

  of(arm: Arm): UserSample {
    const kinds = FAILURE_KINDS.map((kind) => [kind, this.#failed.of(keyOf(arm, kind))] as const);
    return {
      assigned: this.#assigned.of(keyOf(arm)),
      exposed: this.#exposed.of(keyOf(arm)),
      failed: Object.fromEntries(kinds.filter(([, { hashes }]) => hashes !== '')),
    };
  }
}

const keyOf = ({ trial, arm }: Arm, kind = ''): string => `${trafficName(trial)}/${arm}/${kind}`;

/** One range for all arms, so that no arm decides how much is known of the others. */
class Narrowing {
  readonly #max: number;
  readonly #range = new HashRange();
  readonly #held = new Map<string, Set<number>>();
  size = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(key: string, hash: number): void {
    if (!this.#admits(hash)) return;
    const held = this.#held.get(key) ?? new Set();
    this.#held.set(key, held.add(hash));
    this.#measure();
    while (this.size > this.#max && this.#range.narrow()) {
      for (const hashes of this.#held.values()) {
        for (const one of hashes) if (!this.#admits(one)) hashes.delete(one);
      }
      this.#measure();
    }
  }

  of(key: string): Sample {
    return sampleOf(this.#range.level, this.#held.get(key) ?? []);
  }

  #admits(hash: number): boolean {
    return this.#range.admits(Math.floor(hash / LOW_BITS));
  }

  #measure(): void {
    this.size = [...this.#held.values()].reduce((sum, { size }) => sum + size, 0);
  }
}
