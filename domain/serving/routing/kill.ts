import type { Digest } from '#domain/registry/digest.ts';
import { isQuarantined } from './decide.ts';
import { MAX_QUARANTINED, type RouteDocument } from './route-document.ts';
import { type Moment, next, refused, type Transition } from './transition.ts';

export interface Kill {
  readonly digest: Digest;
  /** Generation of the route that the digest was seen to fail under. */
  readonly seenGeneration: number;
  /** Milliseconds since the epoch. */
  readonly quarantineUntil: number;
}

/**
 * Stops a version at once, and with it everything on trial; a stable version gives way to the one
 * before it. Unlike other changes it goes ahead when the route has moved on meanwhile, as long as
 * the digest still has the place that it had: so of many triggers the first alone does something.
 */
export function kill(route: RouteDocument, asked: Kill, at: Moment): Transition {
  const { digest, seenGeneration, quarantineUntil } = asked;
  const since = placedSince(route, digest);
  if (since === undefined) {
    return refused(
      'not-serving',
      `a kill of ${digest}, which has no place in generation ${route.generation}; nothing is left to do`,
    );
  }
  if (seenGeneration < since) {
    return refused(
      'superseded',
      `a kill of ${digest} as of generation ${seenGeneration}, which was placed anew in generation ${since}; judge it by what it does now`,
    );
  }
  const { candidate: _, previous, ...rest } = route;
  const stableFails = route.stable.digest === digest;
  if (stableFails && (!previous || isQuarantined(route, previous.digest, at.ms))) {
    return refused(
      'no-rollback-target',
      `a rollback of stable ${route.stable.version}, got ${previous ? 'a quarantined' : 'no'} version before it; hold, and page a person`,
    );
  }
  const kept = previous && previous.digest !== digest && !stableFails ? { previous } : {};
  return next(
    { ...rest, ...kept },
    {
      killEpoch: route.killEpoch + 1,
      ...(stableFails && previous && { stable: { ...previous, since: route.generation + 1 } }),
      experiments: [],
      attributes: {},
      quarantined: withQuarantine(route, digest, quarantineUntil, at.ms),
    },
    at,
  );
}

/** Generation that gave the digest its place; undefined when it has none. */
function placedSince(
  { stable, candidate, previous, experiments }: RouteDocument,
  digest: Digest,
): number | undefined {
  const since = [
    ...(stable.digest === digest ? [stable.since] : []),
    ...(candidate?.digest === digest ? [candidate.since] : []),
    ...experiments
      .filter(({ variants }) => variants.some((variant) => variant.digest === digest))
      .map((experiment) => experiment.since),
  ];
  if (since.length > 0) return Math.min(...since);
  return previous?.digest === digest ? 0 : undefined;
}

/** The longest quarantines stay where room is short; the registry's own list has no such end. */
function withQuarantine(
  { quarantined }: RouteDocument,
  digest: Digest,
  until: number,
  now: number,
): RouteDocument['quarantined'] {
  const others = quarantined
    .filter((entry) => entry.digest !== digest && entry.until > now)
    .sort((a, b) => b.until - a.until)
    .slice(0, MAX_QUARANTINED - 1);
  const before = quarantined.find((entry) => entry.digest === digest)?.until ?? 0;
  return [...others, { digest, until: Math.max(before, until) }];
}
