import type { Route } from '#domain/registry/version-record.ts';
import { noCandidate } from './candidate.ts';
import { isQuarantined } from './decide.ts';
import type { RouteDocument, Target } from './route-document.ts';
import {
  lifeProblem,
  type Moment,
  next,
  refused,
  type Seen,
  staleness,
  type Transition,
} from './transition.ts';

export interface Promotion {
  readonly seen: Seen;
  /** The candidate that was judged: another one by now is not promoted. */
  readonly digest: Target['digest'];
}

/** Makes the candidate stable, and stable what a rollback goes back to. */
export function promote(route: RouteDocument, asked: Promotion, at: Moment): Transition {
  const stale = staleness(route, asked.seen);
  if (stale) return stale;
  const { candidate, ...rest } = route;
  if (candidate?.digest !== asked.digest) return noCandidate();
  const idle = lifeProblem(route, candidate.version, candidate, at.ms);
  if (idle) return idle;
  if (candidate.mode !== 'full') {
    return refused(
      'share',
      `a promotion of ${candidate.version} in mode ${candidate.mode} at share ${candidate.share}, expected mode full; ramp it first`,
    );
  }
  return placed(rest, route.stable, targetOf(candidate), at);
}

/** Puts a version in place without a trial: a model's first one, or one that people activated. */
export function activate(
  route: RouteDocument,
  asked: { readonly seen: Seen; readonly target: Target },
  at: Moment,
): Transition {
  const stale = staleness(route, asked.seen);
  if (stale) return stale;
  const { candidate, ...rest } = route;
  if (candidate || route.experiments.length > 0) {
    return refused(
      'busy',
      `an activation of ${asked.target.version} while ${candidate?.version ?? 'an experiment'} is on trial; end the trial first`,
    );
  }
  if (asked.target.digest === route.stable.digest) {
    return refused('busy', `an activation of ${asked.target.version}, which is stable already`);
  }
  return placed(rest, route.stable, asked.target, at);
}

/** A model's first route. */
export const firstRoute = (
  { tenant, model }: Pick<Route, 'tenant' | 'model'>,
  target: Target,
  at: Moment,
): RouteDocument => ({
  schema: 'assay.route/v1',
  tenant,
  model,
  generation: 1,
  killEpoch: 0,
  stable: { ...target, since: 1 },
  experiments: [],
  attributes: {},
  quarantined: [],
  updatedAt: at.iso,
});

function placed(
  rest: RouteDocument,
  before: RouteDocument['stable'],
  target: Target,
  at: Moment,
): Transition {
  if (isQuarantined(rest, target.digest, at.ms)) {
    return refused(
      'quarantined',
      `${target.version} as stable, which is quarantined; wait for the end of its cool-down and have it approved again`,
    );
  }
  const stable = { ...target, since: rest.generation + 1 };
  return next(rest, { stable, previous: targetOf(before) }, at);
}

const targetOf = ({ version, digest, backend }: Target): Target => ({
  version,
  digest,
  ...(backend && { backend }),
});
