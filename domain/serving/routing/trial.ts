import { problemsOf, problemText } from '#domain/registry/problem.ts';
import { isQuarantined } from './decide.ts';
import { noExperiment } from './renew-lease.ts';
import { type Experiment, RouteDocument } from './route-document.ts';
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

export interface Trial {
  readonly seen: Seen;
  readonly experiment: Pick<Experiment, 'id' | 'layer' | 'range' | 'segment' | 'variants'>;
  /** Types of the attributes that its segment asks for, if they are new. */
  readonly attributes?: RouteDocument['attributes'];
  readonly leaseSeconds: number;
}

/** Begins an experiment in the free range of its layer. */
export function startExperiment(route: RouteDocument, trial: Trial, at: Moment): Transition {
  const problem = staleness(route, trial.seen) ?? leaseProblem(trial.leaseSeconds);
  if (problem) return problem;
  const { id, variants } = trial.experiment;
  const { candidate } = route;
  if (candidate && candidate.mode !== 'shadow') {
    return refused(
      'busy',
      `experiment "${id}" while ${candidate.version} has a share of ${candidate.share}; finish that rollout first, as both choose the version`,
    );
  }
  const barred = variants.find(({ digest }) => isQuarantined(route, digest, at.ms));
  if (barred) {
    return refused(
      'quarantined',
      `experiment "${id}" with ${barred.version}, which is quarantined`,
    );
  }
  const changed = next(
    route,
    {
      attributes: { ...route.attributes, ...trial.attributes },
      experiments: [
        ...route.experiments,
        {
          ...trial.experiment,
          leaseUntil: leaseFrom(at.ms, trial.leaseSeconds),
          epoch: route.killEpoch,
          since: route.generation + 1,
          salt: `experiment/${id}`,
        },
      ],
    },
    at,
  );
  return changed.ok ? sound(changed.route, id) : changed;
}

/** Ranges, weights and segments have rules of their own, which the schema holds. */
function sound(route: RouteDocument, id: string): Transition {
  const parsed = RouteDocument.safeParse(route);
  if (parsed.success) return { ok: true, route };
  const problems = problemsOf(parsed.error, route, `correct experiment "${id}"`);
  return refused('invalid', problems.map(problemText).join('; '));
}

export interface Reweighing {
  readonly seen: Seen;
  readonly id: string;
  /** By name of the variant; they sum to 1. */
  readonly weights: Readonly<Record<string, number>>;
}

/** Gives the variants of a live experiment other weights, as bandits do after each batch. */
export function reweigh(route: RouteDocument, asked: Reweighing, at: Moment): Transition {
  const stale = staleness(route, asked.seen);
  if (stale) return stale;
  const experiment = route.experiments.find(({ id }) => id === asked.id);
  if (!experiment) return noExperiment(asked.id);
  const idle = lifeProblem(route, `experiment "${asked.id}"`, experiment, at.ms);
  if (idle) return idle;
  const variants = experiment.variants.map((variant) => ({
    ...variant,
    weight: asked.weights[variant.name] ?? 0,
  }));
  const experiments = route.experiments.map((one) =>
    one === experiment ? { ...one, variants } : one,
  );
  const changed = next(route, { experiments }, at);
  return changed.ok ? sound(changed.route, asked.id) : changed;
}

/** Ends an experiment: whoever was in it is answered by stable again. */
export function stopExperiment(
  route: RouteDocument,
  asked: { readonly seen: Seen; readonly id: string },
  at: Moment,
): Transition {
  const stale = staleness(route, asked.seen);
  if (stale) return stale;
  const experiments = route.experiments.filter(({ id }) => id !== asked.id);
  if (experiments.length === route.experiments.length) return noExperiment(asked.id);
  return next(route, { experiments, ...(experiments.length === 0 && { attributes: {} }) }, at);
}
