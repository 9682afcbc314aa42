import type { Digest } from '#domain/registry/digest.ts';
import { recede } from './candidate.ts';
import { isQuarantined } from './decide.ts';
import { type Candidate, type RouteDocument, shareFits } from './route-document.ts';
import {
  LEASE_SECONDS,
  leaseFrom,
  leaseProblem,
  type Moment,
  next,
  refused,
  type Seen,
  staleness,
  type Transition,
} from './transition.ts';

export interface Retreat {
  readonly seen: Seen;
  /** The stable version to roll back: another one by now is left alone. */
  readonly digest: Digest;
  /** What it keeps for now, below 1. */
  readonly share: number;
  readonly leaseSeconds: number;
}

/**
 * Begins to roll back stable step by step: the version before it is stable again, and it goes on as
 * a candidate that only gives back. It keeps the generation that placed it, so that whoever saw it
 * fail may still kill it.
 */
export function retreat(route: RouteDocument, asked: Retreat, at: Moment): Transition {
  const { digest, share, leaseSeconds } = asked;
  const problem = staleness(route, asked.seen) ?? leaseProblem(leaseSeconds);
  if (problem) return problem;
  const { stable, previous, candidate, ...rest } = route;
  if (stable.digest !== digest) {
    return refused(
      'not-serving',
      `a retreat of ${digest}, got stable ${stable.digest}; nothing is left to do`,
    );
  }
  if (candidate || route.experiments.length > 0) {
    return refused(
      'busy',
      `a retreat of ${stable.version} while ${candidate?.version ?? 'an experiment'} is on trial; kill it at once`,
    );
  }
  if (!previous || isQuarantined(route, previous.digest, at.ms)) {
    return refused(
      'no-rollback-target',
      `a rollback of stable ${stable.version}, got ${previous ? 'a quarantined' : 'no'} version before it; hold, and page a person`,
    );
  }
  if (!shareFits('canary', share)) {
    return refused('share', `share ${share} of ${stable.version}, expected between 0 and 1`);
  }
  const { since, ...target } = stable;
  const retreating: Candidate = {
    ...target,
    mode: 'canary',
    share,
    shadowSample: 0,
    leaseUntil: leaseFrom(at.ms, leaseSeconds),
    epoch: route.killEpoch,
    since,
    salt: `retreat/${digest.slice(0, 16)}`,
  };
  const again = { ...previous, since: route.generation + 1 };
  return next({ ...rest, stable: again }, { candidate: retreating }, at);
}

export interface StepBack {
  readonly seen: Seen;
  readonly share: number;
  readonly leaseSeconds: number;
}

/**
 * Takes share back, and lets what is left serve until the next step. A lease that has run out is not
 * given again: nobody is answered by the candidate any more, and nobody is to be.
 */
export function stepBack(route: RouteDocument, asked: StepBack, at: Moment): Transition {
  const receded = recede(route, asked, at);
  const problem = leaseProblem(asked.leaseSeconds);
  if (!receded.ok || problem) return problem ?? receded;
  const { candidate } = receded.route;
  if (!candidate || candidate.leaseUntil <= at.ms) return receded;
  const leaseUntil = Math.max(candidate.leaseUntil, leaseFrom(at.ms, asked.leaseSeconds));
  return { ok: true, route: { ...receded.route, candidate: { ...candidate, leaseUntil } } };
}

/** A step and a minute more, as far as leases go: where nobody comes back, the version is out. */
export const leaseOfStep = (stepSeconds: number): number =>
  Math.min(LEASE_SECONDS.most, stepSeconds + LEASE_SECONDS.usual);

/**
 * The share after the next of `steps` equal steps down from `start`. It goes by what the candidate
 * has, so that a step that was taken twice is one the fewer.
 */
export function shareAfterStep(share: number, start: number, steps: number): number {
  if (share <= 0 || start <= 0) return 0;
  const left = Math.ceil((share / start) * steps - ROUNDING) - 1;
  return left <= 0 ? 0 : (start * left) / steps;
}

/** Of a step: shares are doubles. */
const ROUNDING = 1e-6;
