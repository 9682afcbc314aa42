import { Redis, ReplyError } from 'ioredis';
import {
  admit,
  type Breaker,
  type BreakerPolicy,
  CLOSED,
  settle,
  wouldAdmit,
} from '#domain/serving/breaker.ts';
import type { Clock } from '../ports.ts';
import type { Lookup, SharedStore } from './shared-store.ts';

/** A request would rather ask the model than wait longer. */
const COMMAND_TIMEOUT_MS = 20;
const CONNECT_TIMEOUT_MS = 1_000;

/** Five failures in a row, then a rest of 30 s and one trial. */
const BREAKER_POLICY: BreakerPolicy = {
  failures: 5,
  restMs: 30_000,
  restMostMs: 30_000,
  trials: 1,
  trialMs: 1_000,
};

type Reply<T> =
  | { readonly answered: true; readonly value: T }
  | { readonly answered: false; readonly asked: boolean };

/**
 * Redis or Valkey behind one address. No request waits for a connection, or longer than 20 ms. A
 * connection that lets a command wait is given up: it may be one that died while its process was
 * frozen.
 */
export class RedisStore implements SharedStore {
  readonly #url: () => Promise<string>;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #ready: Redis | undefined;
  #opening: Promise<void> | undefined;
  #breaker: Breaker = CLOSED;

  /** @param url `redis[s]://[[user]:password@]host[:port][/database]`; asked for at each connection. */
  constructor(url: () => Promise<string>, clock: Clock, timeoutMs = COMMAND_TIMEOUT_MS) {
    this.#url = url;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  async get(key: string): Promise<Lookup> {
    const reply = await this.#command((redis) => redis.getBuffer(key));
    if (!reply.answered) return { kind: reply.asked ? 'failed' : 'away' };
    return reply.value ? { kind: 'hit', value: reply.value } : { kind: 'miss' };
  }

  async set(key: string, value: Buffer, ttlMs: number): Promise<'written' | 'failed' | 'away'> {
    const reply = await this.#command((redis) => redis.set(key, value, 'PX', Math.ceil(ttlMs)));
    if (reply.answered) return 'written';
    return reply.asked ? 'failed' : 'away';
  }

  /** Connects, unless it rests or has done so; ends when it is known whether that worked. */
  async open(): Promise<void> {
    if (this.#ready || !wouldAdmit(this.#breaker, this.#clock(), BREAKER_POLICY)) return;
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  close(): void {
    if (this.#ready) this.#drop(this.#ready);
  }

  async #command<T>(work: (redis: Redis) => Promise<T>): Promise<Reply<T>> {
    const redis = this.#ready;
    if (!redis) {
      void this.open();
      return { answered: false, asked: false };
    }
    const round = this.#admit();
    if (round === undefined) return { answered: false, asked: false };
    try {
      const value = await work(redis);
      this.#settle(round, true);
      return { answered: true, value };
    } catch (error) {
      this.#settle(round, false);
      if (!(error instanceof ReplyError)) this.#drop(redis);
      return { answered: false, asked: true };
    }
  }

  /** A failure counts as one of the breaker's; a success is for a command to show. */
  async #connect(): Promise<void> {
    let redis: Redis | undefined;
    try {
      const opened = new Redis(await this.#url(), {
        lazyConnect: true,
        protocol: 2,
        disableClientInfo: true,
        enableReadyCheck: false,
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        retryStrategy: null,
        connectTimeout: CONNECT_TIMEOUT_MS,
        commandTimeout: this.#timeoutMs,
      });
      redis = opened;
      // Each fault also rejects a command or the connecting, which is where it is dealt with.
      opened.on('error', () => undefined);
      opened.on('end', () => this.#drop(opened));
      await opened.connect();
      this.#ready = opened;
    } catch {
      redis?.disconnect();
      const round = this.#admit();
      if (round !== undefined) this.#settle(round, false);
    }
  }

  #drop(redis: Redis): void {
    redis.disconnect();
    if (this.#ready === redis) this.#ready = undefined;
  }

  #admit(): number | undefined {
    const { admitted, breaker } = admit(this.#breaker, this.#clock(), BREAKER_POLICY);
    this.#breaker = breaker;
    return admitted ? breaker.round : undefined;
  }

  #settle(round: number, ok: boolean): void {
    this.#breaker = settle(this.#breaker, { round, ok }, this.#clock(), BREAKER_POLICY);
  }
}
