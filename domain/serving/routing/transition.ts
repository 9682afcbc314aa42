import { canonicalBytes } from '#domain/registry/canonical.ts';
import { type Candidate, MAX_ROUTE_BYTES, type RouteDocument } from './route-document.ts';

/** The route that a decision was made upon: whoever has seen another one decides anew. */
export interface Seen {
  readonly generation: number;
  readonly killEpoch: number;
}

/** One moment, as leases count it and as documents tell it. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly ms: number;
  /** ISO 8601, UTC. */
  readonly iso: string;
}

/** Why a route stays as it is. */
export interface Refusal {
  readonly kind:
    | 'superseded'
    | 'no-candidate'
    | 'no-experiment'
    | 'busy'
    | 'lease'
    | 'killed'
    | 'quarantined'
    | 'share'
    | 'not-serving'
    | 'no-rollback-target'
    | 'invalid'
    | 'too-large';
  /** What was asked, what is, and what to do. */
  readonly message: string;
}

/**
 * The next document, to be written on condition that the stored `generation` and `killEpoch` are
 * still those of the one it was made from; or a refusal.
 */
export type Transition =
  | { readonly ok: true; readonly route: RouteDocument }
  | { readonly ok: false; readonly refusal: Refusal };

export const refused = (kind: Refusal['kind'], message: string): Transition => ({
  ok: false,
  refusal: { kind, message },
});

/** Bounds of a lease in seconds: it outlasts one look at the rollout, of 20 s to 15 min. */
export const LEASE_SECONDS = { least: 10, usual: 60, most: 1800 } as const;

export function staleness(route: RouteDocument, seen: Seen): Transition | undefined {
  const { generation, killEpoch } = route;
  if (seen.generation === generation && seen.killEpoch === killEpoch) return undefined;
  return refused(
    'superseded',
    `decided on generation ${seen.generation} of kill epoch ${seen.killEpoch}, got generation ${generation} of kill epoch ${killEpoch}; read the route again and decide anew`,
  );
}

export function leaseProblem(seconds: number): Transition | undefined {
  const { least, most } = LEASE_SECONDS;
  if (seconds >= least && seconds <= most) return undefined;
  return refused(
    'lease',
    `a lease of ${seconds} s, expected ${least} to ${most} s; ask for one that outlasts the next look`,
  );
}

export const leaseFrom = (now: number, seconds: number): number => now + Math.round(seconds * 1000);

/** Whether what is on trial serves at `now`; else why not, as a refusal. */
export function lifeProblem(
  route: RouteDocument,
  what: string,
  { epoch, leaseUntil }: Pick<Candidate, 'epoch' | 'leaseUntil'>,
  now: number,
): Transition | undefined {
  if (epoch !== route.killEpoch) {
    return refused(
      'killed',
      `${what} was begun under kill epoch ${epoch}, got ${route.killEpoch} by now; begin it anew`,
    );
  }
  if (leaseUntil > now) return undefined;
  return refused(
    'lease',
    `the lease of ${what} ended ${(now - leaseUntil) / 1000} s ago, expected one that runs; have it looked at and renewed first`,
  );
}

/** The document of the next generation, unless it would outgrow its item. */
export function next(
  route: RouteDocument,
  changes: Partial<RouteDocument>,
  at: Moment,
): Transition {
  const document = {
    ...route,
    ...changes,
    generation: route.generation + 1,
    quarantined: (changes.quarantined ?? route.quarantined).filter(({ until }) => until > at.ms),
    updatedAt: at.iso,
  };
  const bytes = canonicalBytes(document).length;
  return bytes <= MAX_ROUTE_BYTES
    ? { ok: true, route: document }
    : refused(
        'too-large',
        `a route of ${bytes} bytes, expected at most ${MAX_ROUTE_BYTES}; shorten a segment or end an experiment first`,
      );
}
