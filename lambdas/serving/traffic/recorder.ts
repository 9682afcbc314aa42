import { randomUUID } from 'node:crypto';
import type { ProcessTraffic, TrafficCounters } from '#aws/traffic-counters.ts';
import type { FailureKind, Traffic } from '#domain/rollout/traffic.ts';
import { type Decision, trafficName } from '#domain/serving/decision.ts';
import type { Clock } from '../ports.ts';
import { ArmTally } from './arm-tally.ts';
import { KnownUsers, sliceOf } from './known-users.ts';
import { SampledUsers } from './sampled-users.ts';

/** Where something is counted: the decision on a request, but for its time and who answered. */
export type Place = Omit<Decision, 'at' | 'answered'> & {
  /** The unit was made without the tenant's key: nothing of it may leave the process. */
  readonly keyless?: true;
};

export interface RecorderOptions {
  /** Of one process and generation; another for each, so that counts may begin again from 0. */
  readonly newId?: () => string;
  readonly maxUsers?: number;
}

/**
 * Of one model and generation, for each two kilobytes of its item. A partition takes 1,000 units a
 * second, and two kilobytes two: beyond 500 processes some writes fail, and come with the next.
 */
const WRITE_EVERY_MS = 1_000;
/** Hashes of users in two kilobytes. */
const HASHES_EACH = 256;
/** A write that was under way when the sandbox froze may never end: it is given up on. */
const GIVEN_UP_MS = 10_000;
/** Longest that an answer waits for a write; it goes on beside the next request. */
const WAIT_MS = 250;
/** After it, what has been written and is not used is forgotten. */
const UNUSED_MS = 600_000;
/** Generations counted at once; beyond it the longest unused are given up, written or not. */
const MAX_GENERATIONS = 1_000;

interface Counting extends Pick<ProcessTraffic, 'tenant' | 'model' | 'generation' | 'process'> {
  /** By name in `Traffic`, then by arm. */
  readonly trials: Map<string, Map<string, ArmTally>>;
  readonly users: SampledUsers;
  seq: number;
  /** Changes that no write has carried yet. */
  dirty: boolean;
  writing: boolean;
  triedAt: number;
  usedAt: number;
}

/**
 * Counts in memory what the arms of trials do, and writes it as cumulative counters of this
 * process. Users count once, as `KnownUsers` says; requests without a user each.
 */
export class TrafficRecorder {
  readonly #counters: Pick<TrafficCounters, 'put'>;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #users: KnownUsers;
  readonly #generations = new Map<string, Counting>();

  constructor(
    counters: Pick<TrafficCounters, 'put'>,
    clock: Clock,
    { newId = randomUUID, maxUsers }: RecorderOptions = {},
  ) {
    this.#counters = counters;
    this.#clock = clock;
    this.#newId = newId;
    this.#users = new KnownUsers(maxUsers);
  }

  /** Counts that the route drew `arm` for the unit. Says whether it counted: once for each user. */
  assigned(at: Place): boolean {
    const user = userOf(at);
    if (user !== undefined && !this.#users.assigned(user, at.generation, at.arm)) return false;
    this.#tally(at).assign(isSampled(at));
    this.#sample(at)?.assigned(at);
    return true;
  }

  /** @param ms that the model ran; undefined where the time says nothing, as of a warm-up */
  answered(at: Place, ms: number | undefined): void {
    const user = userOf(at);
    this.#expose(at, user);
    if (ms === undefined) return;
    if (user !== undefined && !this.#users.timed(user, at.generation, at.arm)) return;
    this.#tally(at).time(ms);
  }

  failed(at: Place, kind: FailureKind): void {
    const user = userOf(at);
    this.#expose(at, user);
    if (user !== undefined && !this.#users.failed(user, at.generation, this.#clock())) return;
    this.#tally(at).fail(kind, isSampled(at));
    this.#sample(at)?.failed(at, kind);
  }

  /** Writes what is due, and waits a little for it: to be awaited before answering. Never rejects. */
  async flushed(): Promise<void> {
    const now = this.#clock();
    this.#forget(now);
    const due = [...this.#generations.values()].filter((counting) => isDue(counting, now));
    if (due.length === 0) return;
    await within(WAIT_MS, Promise.all(due.map((counting) => this.#write(counting, now))));
  }

  /** Writes everything, for a process that is about to end. Never rejects. */
  async closed(): Promise<void> {
    const now = this.#clock();
    const left = [...this.#generations.values()].filter(({ dirty }) => dirty);
    await Promise.all(left.map((counting) => this.#write(counting, now)));
  }

  #expose(at: Place, user: string | undefined): void {
    const { generation, arm } = at;
    const now = this.#clock();
    if (user !== undefined && !this.#users.exposed(user, generation, arm, now)) return;
    this.#tally(at).expose(isSampled(at));
    this.#sample(at)?.exposed(at, sliceOf(now));
  }

  #sample(at: Place): SampledUsers | undefined {
    return isSampled(at) ? this.#counting(at).users : undefined;
  }

  #tally(at: Place): ArmTally {
    const counting = this.#counting(at);
    counting.dirty = true;
    counting.usedAt = this.#clock();
    const trial = entryOf(counting.trials, trafficName(at.trial), () => new Map());
    return entryOf(trial, at.arm, () => new ArmTally());
  }

  #counting({ tenant, model, generation }: Place): Counting {
    return entryOf(this.#generations, `${tenant}/${model}/${generation}`, () => ({
      ...{ tenant, model, generation, process: this.#newId(), seq: 0 },
      ...{ trials: new Map(), users: new SampledUsers() },
      ...{ dirty: false, writing: false, triedAt: Number.NEGATIVE_INFINITY, usedAt: 0 },
    }));
  }

  async #write(counting: Counting, now: number): Promise<void> {
    const { tenant, model, generation, process } = counting;
    const seq = counting.seq + 1;
    Object.assign(counting, { seq, dirty: false, writing: true, triedAt: now });
    try {
      const traffic = trafficOf(counting);
      await this.#counters.put({ tenant, model, generation, process, seq, traffic });
    } catch {
      counting.dirty = true;
    } finally {
      if (counting.seq === seq) counting.writing = false;
    }
  }

  #forget(now: number): void {
    for (const [key, { dirty, usedAt }] of this.#generations) {
      if (!dirty && now - usedAt >= UNUSED_MS) this.#generations.delete(key);
    }
    const excess = this.#generations.size - MAX_GENERATIONS;
    if (excess <= 0) return;
    const oldest = [...this.#generations].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [key] of oldest.slice(0, excess)) this.#generations.delete(key);
  }
}

const isDue = ({ dirty, writing, triedAt, users }: Counting, now: number): boolean =>
  dirty && now - triedAt >= (writing ? GIVEN_UP_MS : writeEveryMs(users));

const writeEveryMs = ({ size }: SampledUsers): number =>
  WRITE_EVERY_MS * (1 + Math.floor(size / HASHES_EACH));

const isSampled = ({ by, keyless }: Place): boolean => by === 'user' && !keyless;

/** Users of one trial of a model; of a rollout's trial it names the version tried. */
const userOf = ({ tenant, model, trial, unit, by }: Place): string | undefined =>
  by === 'user' ? `${tenant}/${model}/${trial}/${unit}` : undefined;

const trafficOf = ({ trials, users }: Counting): Traffic =>
  Object.fromEntries(
    [...trials].map(([trial, arms]) => [
      trial,
      Object.fromEntries(
        [...arms].map(([arm, tally]) => [arm, tally.traffic(users.of({ trial, arm }))]),
      ),
    ]),
  );

function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return Promise.race([work.then(() => undefined), late]).finally(() => clearTimeout(timer));
}
