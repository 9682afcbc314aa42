import { type Digest, parseDigest } from '#domain/registry/digest.ts';
import { firstRoute } from '#domain/serving/routing/promote.ts';
import type {
  Candidate,
  Experiment,
  RouteDocument,
  Target,
} from '#domain/serving/routing/route-document.ts';
import type { Moment, Transition } from '#domain/serving/routing/transition.ts';

export const NOW = 1_800_000_000_000;

export const moment = (ms: number): Moment => ({ ms, iso: new Date(ms).toISOString() });

/** Digest and number of the n-th version. */
export const digestNo = (n: number): Digest => parseDigest(n.toString(16).padStart(64, '0'));
export const targetNo = (n: number): Target => ({ version: `${n}.0.0`, digest: digestNo(n) });

/** A model whose first version is stable. */
export const sampleRoute = (changes: Partial<RouteDocument> = {}): RouteDocument => ({
  ...firstRoute({ tenant: 'acme', model: 'churn' }, targetNo(1), moment(NOW)),
  ...changes,
});

export const sampleCandidate = (changes: Partial<Candidate> = {}): Candidate => ({
  ...targetNo(2),
  mode: 'canary',
  share: 0.25,
  shadowSample: 0.1,
  leaseUntil: NOW + 60_000,
  epoch: 0,
  since: 1,
  salt: 'candidate/2',
  ...changes,
});

export const sampleExperiment = (changes: Partial<Experiment> = {}): Experiment => ({
  id: 'colour',
  layer: 'main',
  range: { from: 0, to: 1 },
  salt: 'experiment/colour',
  leaseUntil: NOW + 60_000,
  epoch: 0,
  since: 1,
  variants: [
    { ...targetNo(3), name: 'bold', weight: 0.3 },
    { ...targetNo(1), name: 'control', weight: 0.7 },
  ],
  ...changes,
});

/** @throws Error when a test's own preparation is refused. */
export function done(transition: Transition): RouteDocument {
  if (!transition.ok) throw new Error(transition.refusal.message);
  return transition.route;
}
