import { sameBackend } from '#domain/registry/backend.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { Target } from '#domain/serving/routing/route-document.ts';
import { type Placement, stableOf } from './read-placement.ts';

/** A version in the place that a route gives it, or why it is not to be loaded there. */
export type Fit =
  | { readonly ok: true; readonly version: VersionRecord }
  | { readonly ok: false; readonly why: string };

type Place = 'candidate' | 'previous' | 'variant';

/** Stages that have an admission, and a place in a route. */
const STAGES: Readonly<Record<Place, readonly VersionRecord['state'][]>> = {
  // A stable version that is rolled back step by step is a candidate that gives back.
  candidate: ['STAGING', 'PRODUCTION'],
  previous: ['DEPRECATED'],
  variant: ['PRODUCTION', 'DEPRECATED', 'STAGING'],
};

export function fitFor(place: Place, target: Target, { versions }: Placement): Fit {
  const version = versions.get(target.digest);
  if (!version) return { ok: false, why: 'it is gone' };
  if (version.digest !== target.digest)
    return { ok: false, why: `its digest is ${version.digest}` };
  if (!STAGES[place].includes(version.state)) return { ok: false, why: `it is ${version.state}` };
  if (!version.admission) return { ok: false, why: 'it has no admission' };
  if (!sameBackend(target.backend, version.backend)) {
    return { ok: false, why: 'the route has another backend for it' };
  }
  return { ok: true, version };
}

/**
 * The version that answers where nothing else does: one in production, or the one before it, while
 * that is rolled back step by step.
 */
export function servingStable(placement: Placement): VersionRecord | undefined {
  const stable = stableOf(placement);
  if (stable?.state === 'PRODUCTION') return stable;
  const { candidate } = placement.route;
  const retreating = candidate && placement.versions.get(candidate.digest)?.state === 'PRODUCTION';
  return retreating && stable?.state === 'DEPRECATED' ? stable : undefined;
}
