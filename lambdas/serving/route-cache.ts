import { LRUCache } from 'lru-cache';
import { supersedes } from '#domain/serving/routing/read-route.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { inTime } from './in-time.ts';
import { available } from './outcome.ts';
import type { Clock } from './ports.ts';
import type { Placement } from './read-placement.ts';

/** From this age on, a request starts a refresh and goes on beside it. */
const SOFT_TTL_MS = 2_000;
/** From this age on, a request waits for the refresh first. */
const HARD_TTL_MS = 10_000;
/** How long a request waits for a registry that it can do without. */
const REFRESH_WAIT_MS = 50;
/** Models in use by one sandbox; an entry takes about 2 kB. */
const MAX_MODELS = 1_000;

export interface Found {
  readonly placement: Placement | undefined;
  /** Since the registry confirmed it. */
  readonly ageMs: number;
  /** To be awaited before answering: the sandbox freezes afterwards. Never rejects. */
  readonly refreshed: Promise<void>;
}

/** Told of each placement that was read; what it started is awaited with the refresh. */
export type OnAdopted = (placement: Placement) => Promise<void>;

interface Entry {
  placement: Placement | undefined;
  /** The latest that was ever seen here: what it supersedes is older news. */
  route: RouteDocument;
  confirmedAt: number;
  triedAt: number;
  refreshing: Promise<void> | undefined;
}

/**
 * Placements by tenant and model, kept in memory. The registry may be away: what was last known
 * good then goes on answering.
 */
export class RouteCache {
  readonly #read: (tenant: string, model: string) => Promise<Placement | undefined>;
  readonly #clock: Clock;
  readonly #onAdopted: OnAdopted;
  readonly #entries = new LRUCache<string, Entry>({ max: MAX_MODELS });

  constructor(
    read: (tenant: string, model: string) => Promise<Placement | undefined>,
    clock: Clock,
    onAdopted: OnAdopted = async () => undefined,
  ) {
    this.#read = read;
    this.#clock = clock;
    this.#onAdopted = onAdopted;
  }

  /** @throws Unavailable when the registry is away and the model was never seen. */
  async find(tenant: string, model: string): Promise<Found> {
    const key = `${tenant}/${model}`;
    const entry = this.#entries.get(key);
    if (!entry) return this.#first(key, tenant, model);

    const ageMs = this.#clock() - entry.confirmedAt;
    if (ageMs >= 0 && ageMs < SOFT_TTL_MS) return found(entry, ageMs);
    const refreshed = inTime(REFRESH_WAIT_MS, this.#refresh(entry, tenant, model));
    if (ageMs >= 0 && ageMs < HARD_TTL_MS) return found(entry, ageMs, refreshed);
    await refreshed;
    return found(entry, this.#clock() - entry.confirmedAt);
  }

  /** Models without a route are not kept: made-up names must not push out real ones. */
  async #first(key: string, tenant: string, model: string): Promise<Found> {
    const startedAt = this.#clock();
    const placement = await available('the route of the model', this.#read(tenant, model));
    if (!placement) return { placement, ageMs: 0, refreshed: Promise.resolve() };
    const known = this.#entries.get(key);
    if (known) {
      adopt(known, placement, startedAt);
      return found(known, 0);
    }
    const entry: Entry = {
      placement,
      route: placement.route,
      confirmedAt: startedAt,
      triedAt: startedAt,
      refreshing: undefined,
    };
    this.#entries.set(key, entry);
    return found(entry, 0);
  }

  /** One at a time, and after a failure not before the soft TTL has passed again. */
  #refresh(entry: Entry, tenant: string, model: string): Promise<void> {
    const now = this.#clock();
    const sinceTry = now - entry.triedAt;
    // A read that was under way when the sandbox froze may never end: it is given up on.
    if (entry.refreshing && sinceTry < HARD_TTL_MS) return entry.refreshing;
    if (sinceTry >= 0 && sinceTry < SOFT_TTL_MS) return Promise.resolve();
    entry.triedAt = now;
    const refreshing: Promise<void> = this.#read(tenant, model)
      .then((placement) =>
        adopt(entry, placement, now) && placement ? this.#onAdopted(placement) : undefined,
      )
      .catch(() => undefined)
      .finally(() => {
        if (entry.refreshing === refreshing) entry.refreshing = undefined;
      });
    entry.refreshing = refreshing;
    return refreshing;
  }
}

/** Takes over what the registry said at `at`, unless something newer is known. */
function adopt(entry: Entry, placement: Placement | undefined, at: number): boolean {
  if (placement && supersedes(entry.route, placement.route)) return false;
  entry.placement = placement;
  entry.route = placement?.route ?? entry.route;
  entry.confirmedAt = at;
  return true;
}

const found = (
  { placement }: Entry,
  ageMs: number,
  refreshed: Promise<void> = Promise.resolve(),
): Found => ({ placement, ageMs, refreshed });
