import { LRUCache } from 'lru-cache';
import type { Question } from '#domain/serving/prediction-key.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import type { Clock } from '../ports.ts';
import { answerBytes, type KeptAnswer, ownCopy } from './kept-answer.ts';
import { questionKey } from './question-key.ts';
import type { Keyed, SharedAnswers, SharedCounts, Stopwatch } from './shared-answers.ts';

/** How long an answer is given, before the jitter that keeps many from expiring at once. */
const TTL_MS = 3_600_000;
const JITTER = 0.1;
/** A larger answer would push out a great many that are asked for as often. */
const MAX_ANSWER_BYTES = 256 * 1024;
/** An entry of the LRU, and its key of 64 characters. */
const ENTRY_BYTES = 250;

export interface PredictionCachePorts {
  /** Bound of what answers take in this process's memory. */
  readonly limitBytes: number;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly stopwatch?: Stopwatch;
  readonly shared?: SharedAnswers;
}

export interface CacheCounts {
  /** Answered from this process's memory. */
  readonly hits: number;
  readonly misses: number;
  /** Answers that were too large to be kept. */
  readonly tooLarge: number;
  /** Of the store that processes share, where there is one. */
  readonly shared?: SharedCounts;
}

/** What was asked and not found, until it is answered. */
interface Missed extends Keyed {
  readonly at: number;
  /** Whether the shared store was asked, and so gets the answer. */
  readonly shared: boolean;
}

/**
 * Answers that were given before, in this process's memory and, where it pays, in a store that
 * processes share. The model's digest is in the key, so that nothing is ever stale. Questions hold
 * normalised inputs; only good answers are to be kept.
 */
export class PredictionCache {
  readonly #ports: PredictionCachePorts;
  readonly #stopwatch: Stopwatch;
  readonly #kept: LRUCache<string, KeptAnswer>;
  readonly #missed = new WeakMap<Question, Missed>();
  readonly #writing = new Set<Promise<void>>();
  #counts = { hits: 0, misses: 0, tooLarge: 0 };

  constructor(ports: PredictionCachePorts) {
    this.#ports = ports;
    this.#stopwatch = ports.stopwatch ?? (() => performance.now());
    this.#kept = new LRUCache({
      maxSize: ports.limitBytes,
      sizeCalculation: ({ outputs }) => ENTRY_BYTES + answerBytes(outputs),
    });
  }

  /** The outputs in the order asked for, or undefined; never rejects. Not to be written to. */
  async find(tenantKey: Uint8Array, question: Question): Promise<readonly Tensor[] | undefined> {
    const { digest } = question;
    const keyed: Keyed = { tenantKey, digest, key: questionKey(tenantKey, question) };
    const found = this.#recall(keyed.key);
    if (found) {
      this.#counts.hits += 1;
      return found.outputs;
    }
    const shared = this.#ports.shared?.asks(keyed) ?? false;
    const fetched = shared ? await this.#fetch(keyed) : undefined;
    if (fetched) return fetched.outputs;
    this.#counts.misses += 1;
    this.#missed.set(question, { ...keyed, at: this.#stopwatch(), shared });
    return undefined;
  }

  /**
   * Keeps the answer to a question that was just missed, the same object; the time between the two
   * counts as the model's. Writing to the shared store goes on until `settled`.
   */
  keep(tenantKey: Uint8Array, question: Question, outputs: readonly Tensor[]): void {
    const missed = this.#missed.get(question);
    const { digest } = question;
    if (missed) this.#ports.shared?.modelTook(digest, this.#stopwatch() - missed.at);
    if (answerBytes(outputs) > MAX_ANSWER_BYTES) {
      this.#counts.tooLarge += 1;
      return;
    }
    const keyed = missed ?? { tenantKey, digest, key: questionKey(tenantKey, question) };
    const ttlMs = TTL_MS * (1 - JITTER + 2 * JITTER * this.#ports.random());
    const answer = { outputs: ownCopy(outputs), expiresAt: this.#ports.clock() + ttlMs };
    this.#kept.set(keyed.key, answer);
    const { shared } = this.#ports;
    if (shared && missed?.shared) this.#write(shared, keyed, answer, ttlMs);
  }

  /** Ends when all that was kept is written; never rejects. A frozen process writes nothing. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  /** What was counted since the last time it was asked for. */
  take(): CacheCounts {
    const taken = this.#counts;
    this.#counts = { hits: 0, misses: 0, tooLarge: 0 };
    const { shared } = this.#ports;
    return { ...taken, ...(shared && { shared: shared.take() }) };
  }

  #recall(key: string): KeptAnswer | undefined {
    const kept = this.#kept.get(key);
    if (!kept || this.#ports.clock() < kept.expiresAt) return kept;
    this.#kept.delete(key);
    return undefined;
  }

  /** What another process kept is kept here until the same moment. */
  async #fetch(keyed: Keyed): Promise<KeptAnswer | undefined> {
    const fetched = await this.#ports.shared?.find(keyed);
    if (!fetched || this.#ports.clock() >= fetched.expiresAt) return undefined;
    this.#kept.set(keyed.key, fetched);
    return fetched;
  }

  #write(shared: SharedAnswers, keyed: Keyed, answer: KeptAnswer, ttlMs: number): void {
    const writing: Promise<void> = shared
      .keep(keyed, answer, ttlMs)
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }
}
