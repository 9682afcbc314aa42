import { LRUCache } from 'lru-cache';
import type { Digest } from '#domain/registry/digest.ts';
import { Recent } from './recent.ts';

export interface Prospect {
  /** Share of lookups that find an answer, 0 to 1. */
  readonly hitRate: number;
  /** Median milliseconds that a hit saves. */
  readonly modelMs: number;
  /** Median milliseconds of one lookup. */
  readonly lookupMs: number;
  /** Median milliseconds of one write, which each miss leads to and a request waits for. */
  readonly writeMs: number;
}

/** Whether asking a shared cache saves more time than it takes. */
export const worthAsking = ({ hitRate, modelMs, lookupMs, writeMs }: Prospect): boolean =>
  hitRate * modelMs > lookupMs + (1 - hitRate) * writeMs;

/** Enough for a median, and soon full of news. */
const KEPT = 64;
/** Below so many lookups a hit rate says little. */
const ENOUGH = 16;
/** Models of one process; one takes about 1 kB. */
const MAX_MODELS = 1_000;
/** One question in so many is always asked, and its answer always written. */
const EXPLORED = 100;

interface ModelEstimates {
  /** Of explored questions, 1 for a hit and 0 for a miss. */
  readonly hits: Recent;
  readonly modelMs: Recent;
}

/**
 * Decides which questions go to the shared cache, by what the last ones took. The hit rate is that
 * of explored questions alone: theirs are always written, so that it tells what the rate of all
 * would be, whether the others are asked or not. What is not yet known is taken for the best.
 */
export class AskingRule {
  readonly #lookupMs = new Recent(KEPT);
  readonly #writeMs = new Recent(KEPT);
  readonly #models = new LRUCache<Digest, ModelEstimates>({ max: MAX_MODELS });

  /** @param key 64 hex digits that are as good as random. */
  asks(digest: Digest, key: string): boolean {
    if (isExplored(key)) return true;
    const model = this.#models.get(digest);
    const known = model && model.hits.count >= ENOUGH ? model.hits.mean() : undefined;
    return worthAsking({
      hitRate: known ?? 1,
      modelMs: model?.modelMs.median() ?? Number.POSITIVE_INFINITY,
      lookupMs: this.#lookupMs.median() ?? 0,
      writeMs: this.#writeMs.median() ?? 0,
    });
  }

  lookedUp(digest: Digest, key: string, hit: boolean, ms: number): void {
    this.lookupTook(ms);
    if (isExplored(key)) this.#of(digest).hits.add(Number(hit));
  }

  lookupTook(ms: number): void {
    this.#lookupMs.add(ms);
  }

  writeTook(ms: number): void {
    this.#writeMs.add(ms);
  }

  modelTook(digest: Digest, ms: number): void {
    this.#of(digest).modelMs.add(ms);
  }

  #of(digest: Digest): ModelEstimates {
    const known = this.#models.get(digest);
    if (known) return known;
    const fresh = { hits: new Recent(KEPT), modelMs: new Recent(KEPT) };
    this.#models.set(digest, fresh);
    return fresh;
  }
}

const isExplored = (key: string): boolean => Number.parseInt(key.slice(0, 8), 16) % EXPLORED === 0;
