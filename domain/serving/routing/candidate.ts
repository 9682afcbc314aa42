import { isQuarantined } from './decide.ts';
import {
  type Candidate,
  type Mode,
  type RouteDocument,
  shareFits,
  type Target,
} from './route-document.ts';
import {
  leaseFrom,
  leaseProblem,
  lifeProblem,
  type Moment,
  next,
  refused,
  type Seen,
  staleness,
  type Transition,
} from './transition.ts';

/** Share of the requests that a shadow gets a copy of, where nobody says otherwise. */
export const SHADOW_SAMPLE = 0.1;

export interface Start {
  readonly seen: Seen;
  readonly target: Target;
  readonly leaseSeconds: number;
  readonly shadowSample?: number;
}

/** Puts a version on trial, in shadow: nobody is answered by it yet. */
export function startCandidate(route: RouteDocument, start: Start, at: Moment): Transition {
  const { target, leaseSeconds, shadowSample = SHADOW_SAMPLE } = start;
  const problem = staleness(route, start.seen) ?? leaseProblem(leaseSeconds);
  if (problem) return problem;
  if (route.candidate) {
    return refused(
      'busy',
      `${target.version} as candidate while ${route.candidate.version} is; promote or kill that one first`,
    );
  }
  if (target.digest === route.stable.digest) {
    return refused('busy', `${target.version} as candidate, which is stable already`);
  }
  if (isQuarantined(route, target.digest, at.ms)) {
    return refused(
      'quarantined',
      `${target.version} as candidate, which is quarantined; wait for the end of its cool-down and have it approved again`,
    );
  }
  const candidate: Candidate = {
    ...target,
    mode: 'shadow',
    share: 0,
    shadowSample,
    leaseUntil: leaseFrom(at.ms, leaseSeconds),
    epoch: route.killEpoch,
    since: route.generation + 1,
    salt: `candidate/${target.digest.slice(0, 16)}`,
  };
  return next(route, { candidate }, at);
}

export interface Ramp {
  readonly seen: Seen;
  readonly mode: Exclude<Mode, 'shadow'>;
  readonly share: number;
  readonly leaseSeconds: number;
}

/**
 * Gives the candidate a larger share, by leave of a lease that still runs. Growth takes from
 * control only: whoever has the candidate keeps it.
 */
export function ramp(route: RouteDocument, asked: Ramp, at: Moment): Transition {
  const { candidate } = route;
  const { mode, share, leaseSeconds } = asked;
  const problem = staleness(route, asked.seen) ?? leaseProblem(leaseSeconds);
  if (problem) return problem;
  if (!candidate) return noCandidate();
  const idle = lifeProblem(route, candidate.version, candidate, at.ms);
  if (idle) return idle;
  if (isQuarantined(route, candidate.digest, at.ms)) {
    return refused(
      'quarantined',
      `a share for ${candidate.version}, which is quarantined; kill it`,
    );
  }
  if (route.experiments.length > 0) {
    return refused(
      'busy',
      `a share for ${candidate.version} while ${route.experiments.length} experiments run; end them first, as both choose the version`,
    );
  }
  if (!shareFits(mode, share) || share <= candidate.share) {
    return refused(
      'share',
      `share ${share} in mode ${mode}, expected more than ${candidate.share}, and 1 in mode full alone; use recede to give back`,
    );
  }
  const leaseUntil = Math.max(candidate.leaseUntil, leaseFrom(at.ms, leaseSeconds));
  return next(route, { candidate: { ...candidate, mode, share, leaseUntil } }, at);
}

export interface Recede {
  readonly seen: Seen;
  /** 0 leaves it in shadow. */
  readonly share: number;
}

/** Takes share back, as a gradual rollback does; it needs no lease and grants none. */
export function recede(route: RouteDocument, asked: Recede, at: Moment): Transition {
  const { candidate } = route;
  const { share } = asked;
  const stale = staleness(route, asked.seen);
  if (stale) return stale;
  if (!candidate) return noCandidate();
  const mode = share === 0 ? 'shadow' : 'canary';
  if (!shareFits(mode, share) || share >= candidate.share) {
    return refused('share', `share ${share}, expected 0 or more and less than ${candidate.share}`);
  }
  return next(route, { candidate: { ...candidate, mode, share } }, at);
}

export const noCandidate = (): Transition =>
  refused('no-candidate', 'a change of the candidate, got a route without one; start one first');
