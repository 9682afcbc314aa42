import { noCandidate } from './candidate.ts';
import type { RouteDocument } from './route-document.ts';
import {
  leaseFrom,
  leaseProblem,
  type Moment,
  refused,
  type Seen,
  staleness,
  type Transition,
} from './transition.ts';

export interface Renewal {
  readonly seen: Seen;
  /** Id of an experiment; without it, the candidate. */
  readonly experiment?: string;
  readonly seconds: number;
}

/**
 * Lengthens a lease after a healthy look, and nothing else: the generation stays. A lease that ran
 * out while nobody could look is given again, but none that a kill has ended. As generations do not
 * tell renewals apart, the write must change `leaseUntil` alone, on condition that it grows.
 */
export function renewLease(route: RouteDocument, renewal: Renewal, at: Moment): Transition {
  const { seconds, experiment: id } = renewal;
  const problem = staleness(route, renewal.seen) ?? leaseProblem(seconds);
  if (problem) return problem;
  const { candidate, experiments, killEpoch } = route;
  const trial = id === undefined ? candidate : experiments.find((one) => one.id === id);
  if (!trial) return id === undefined ? noCandidate() : noExperiment(id);
  if (trial.epoch !== killEpoch) {
    return refused(
      'killed',
      `a lease for what was begun under kill epoch ${trial.epoch}, got ${killEpoch}; begin it anew`,
    );
  }
  const leaseUntil = Math.max(trial.leaseUntil, leaseFrom(at.ms, seconds));
  return {
    ok: true,
    route: {
      ...route,
      ...(id === undefined && candidate && { candidate: { ...candidate, leaseUntil } }),
      experiments: experiments.map((one) => (one.id === id ? { ...one, leaseUntil } : one)),
    },
  };
}

export const noExperiment = (id: string): Transition =>
  refused(
    'no-experiment',
    `a change of experiment "${id}", got a route without it; start it first`,
  );
