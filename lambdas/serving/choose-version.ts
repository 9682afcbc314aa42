import type { Digest } from '#domain/registry/digest.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { candidateTrial } from '#domain/serving/decision.ts';
import { type Decision, decide } from '#domain/serving/routing/decide.ts';
import type { Experiment } from '#domain/serving/routing/route-document.ts';
import { type Fit, fitFor } from './fitness.ts';
import type { Asker, PassedOverVersion, Serving, Shadowing, Trial } from './locate.ts';
import type { Placement } from './read-placement.ts';

export interface Choice {
  readonly placement: Placement;
  /** Of the placement: what answers where nothing else does. */
  readonly stable: VersionRecord;
  /** Digests that this process does not try now. */
  readonly resting: ReadonlySet<Digest>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Who answers a request that names no version; in doubt stable, which is never an error. */
export function chooseVersion(choice: Choice, asker: Asker): Serving {
  const { placement, stable, now } = choice;
  const { route } = placement;
  const base = { kind: 'version', version: stable, where: 'here' } as const;
  const decision = decide(route, { ...asker, resting: choice.resting }, now);
  if (!decision.ok) return base;
  const trial = trialOf(choice, asker, decision);
  const shadow = shadowOf(placement, decision);
  const passedOver = trial?.passedOver ?? shadow.passedOver;
  return {
    ...base,
    ...(trial && { trial: trial.value }),
    ...(shadow.value && { shadow: shadow.value }),
    ...(passedOver && { passedOver }),
  };
}

interface Chosen<T> {
  readonly value: T;
  readonly passedOver?: PassedOverVersion;
}

function trialOf(choice: Choice, asker: Asker, decision: Decision): Chosen<Trial> | undefined {
  const { candidate, experiments, generation } = choice.placement.route;
  const experiment = experiments.find(({ id }) => id === decision.experiment);
  const name = experiment
    ? experiment.id
    : candidate && candidate.mode !== 'shadow' && candidateTrial(candidate.digest);
  if (!name) return undefined;
  const fit = drawnFit(choice, experiment, decision.assigned);
  const rival = fit === 'stable' ? rivalOf(choice, experiment, decision) : undefined;
  const value: Trial = {
    name,
    generation,
    arm: decision.assigned,
    unit: { by: decision.unit, id: asker.userId ?? asker.requestId },
    variant: decision.variant,
    control: fit === 'stable',
    ...(rival && { rival }),
  };
  if (fit === 'stable' || decision.variant !== decision.assigned) return { value };
  if (fit.ok) return { value: { ...value, tried: fit.version } };
  return { value, passedOver: { version: decision.version, why: fit.why } };
}

/** Of what was drawn; stable is fit already. */
function drawnFit(
  { placement }: Choice,
  experiment: Experiment | undefined,
  arm: string,
): Fit | 'stable' {
  const { candidate, stable } = placement.route;
  const target = experiment
    ? experiment.variants.find(({ name }) => name === arm)
    : arm === 'candidate' && candidate;
  if (!target || target.digest === stable.digest) return 'stable';
  return fitFor(experiment ? 'variant' : 'candidate', target, placement);
}

/** Only while the trial is alive: what has no lease is asked by nobody. */
function rivalOf(
  { placement, resting }: Choice,
  experiment: Experiment | undefined,
  { reason }: Decision,
): VersionRecord | undefined {
  const { stable, candidate } = placement.route;
  if (!experiment) {
    if (reason !== 'control' || !candidate) return undefined;
    const fit = fitFor('candidate', candidate, placement);
    return fit.ok ? fit.version : undefined;
  }
  if (reason !== 'experiment') return undefined;
  for (const variant of experiment.variants) {
    if (variant.digest === stable.digest || resting.has(variant.digest)) continue;
    const fit = fitFor('variant', variant, placement);
    if (fit.ok) return fit.version;
  }
  return undefined;
}

function shadowOf(placement: Placement, { shadow }: Decision): Chosen<Shadowing | undefined> {
  const { candidate, generation } = placement.route;
  if (!shadow || !candidate) return { value: undefined };
  const fit = fitFor('candidate', candidate, placement);
  if (fit.ok) return { value: { generation, version: fit.version } };
  return { value: undefined, passedOver: { version: shadow.version, why: fit.why } };
}
