import type { Digest } from '#domain/registry/digest.ts';
import type { KeptAnswer } from './kept-answer.ts';
import { openAnswer, sealAnswer } from './sealed-answer.ts';
import type { SharedStore } from './shared-store.ts';
import { AskingRule } from './worth-asking.ts';

/** Milliseconds from any start, finer than a clock's. */
export type Stopwatch = () => number;

/** A question under its tenant's key. */
export interface Keyed {
  readonly tenantKey: Uint8Array;
  readonly digest: Digest;
  /** Of `predictionKey`. */
  readonly key: string;
}

export interface SharedCounts {
  hits: number;
  misses: number;
  /** Lookups and writes that the store did not answer in time, or refused. */
  failures: number;
  /** Values that were not what a tenant had sealed for its question; they count as misses too. */
  altered: number;
}

const NOTHING: Readonly<SharedCounts> = { hits: 0, misses: 0, failures: 0, altered: 0 };

/** Answers in a store that many processes share; asked only where that saves time. */
export class SharedAnswers {
  readonly #store: SharedStore;
  readonly #stopwatch: Stopwatch;
  readonly #rule = new AskingRule();
  #counts: SharedCounts = { ...NOTHING };

  constructor(store: SharedStore, stopwatch: Stopwatch = () => performance.now()) {
    this.#store = store;
    this.#stopwatch = stopwatch;
  }

  /** Whether questions of this kind go to the store: if not, their answers are not written either. */
  asks({ digest, key }: Keyed): boolean {
    return this.#rule.asks(digest, key);
  }

  async find({ tenantKey, digest, key }: Keyed): Promise<KeptAnswer | undefined> {
    const startedAt = this.#stopwatch();
    const found = await this.#store.get(nameOf(key));
    if (found.kind === 'away') return undefined;
    const answer = found.kind === 'hit' ? openAnswer(tenantKey, key, found.value) : undefined;
    const ms = this.#stopwatch() - startedAt;
    if (found.kind === 'failed') {
      this.#counts.failures += 1;
      this.#rule.lookupTook(ms);
      return undefined;
    }
    if (found.kind === 'hit' && !answer) this.#counts.altered += 1;
    this.#counts[answer ? 'hits' : 'misses'] += 1;
    this.#rule.lookedUp(digest, key, answer !== undefined, ms);
    return answer;
  }

  /** Never rejects. */
  async keep({ tenantKey, key }: Keyed, answer: KeptAnswer, ttlMs: number): Promise<void> {
    const startedAt = this.#stopwatch();
    const written = await this.#store.set(nameOf(key), sealAnswer(tenantKey, key, answer), ttlMs);
    if (written === 'away') return;
    this.#rule.writeTook(this.#stopwatch() - startedAt);
    if (written === 'failed') this.#counts.failures += 1;
  }

  modelTook(digest: Digest, ms: number): void {
    this.#rule.modelTook(digest, ms);
  }

  /** What was counted since the last time it was asked for. */
  take(): SharedCounts {
    const taken = this.#counts;
    this.#counts = { ...NOTHING };
    return taken;
  }
}

const nameOf = (key: string): string => `assay:prediction:${key}`;
