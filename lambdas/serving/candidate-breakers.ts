import { LRUCache } from 'lru-cache';
import type { Digest } from '#domain/registry/digest.ts';
import { type BreakerPolicy, DEFAULT_BREAKER_POLICY } from '#domain/serving/breaker.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { ProcessBreaker } from './isolated/process-breaker.ts';
import type { Clock } from './ports.ts';
import { triedTargets } from './read-placement.ts';

/** Versions that one sandbox has tried; a breaker takes about 300 bytes. */
const MAX_KNOWN = 1_000;

/** A version of a model, as its breaker knows it. */
export interface Tried {
  readonly tenant: string;
  readonly model: string;
  readonly digest: Digest;
}

interface Known {
  readonly breaker: ProcessBreaker;
  /** Generations of the route that its opening was told of. */
  readonly told: Set<number>;
  /** Since the last answer. */
  failures: number;
}

/** The breakers of this process: one for each version on trial. */
export class CandidateBreakers {
  readonly #clock: Clock;
  readonly #policy: BreakerPolicy;
  readonly #known = new LRUCache<string, Known>({ max: MAX_KNOWN });

  constructor(clock: Clock, policy: BreakerPolicy = DEFAULT_BREAKER_POLICY) {
    this.#clock = clock;
    this.#policy = policy;
  }

  of(tried: Tried): ProcessBreaker {
    return this.#of(tried).breaker;
  }

  /** Digests of a route that are not to be tried now. */
  resting(route: RouteDocument): ReadonlySet<Digest> {
    const { tenant, model } = route;
    const resting = triedTargets(route)
      .map(({ digest }) => digest)
      .filter((digest) => this.#known.get(keyOf({ tenant, model, digest }))?.breaker.resting);
    return new Set(resting);
  }

  answered(tried: Tried): void {
    this.#of(tried).failures = 0;
  }

  /**
   * After the breaker was told of a failure: how many there were in a row, when it is open by now
   * and nobody was told so of this generation of the route.
   */
  opened(tried: Tried, generation: number): number | undefined {
    const known = this.#of(tried);
    known.failures += 1;
    if (!known.breaker.resting || known.told.has(generation)) return undefined;
    known.told.add(generation);
    return known.failures;
  }

  /** Nobody was told after all. */
  untold(tried: Tried, generation: number): void {
    this.#of(tried).told.delete(generation);
  }

  #of(tried: Tried): Known {
    const key = keyOf(tried);
    const known = this.#known.get(key);
    if (known) return known;
    const breaker = new ProcessBreaker(this.#policy, this.#clock);
    const fresh = { breaker, told: new Set<number>(), failures: 0 };
    this.#known.set(key, fresh);
    return fresh;
  }
}

const keyOf = ({ tenant, model, digest }: Tried): string => `${tenant}/${model}@${digest}`;
