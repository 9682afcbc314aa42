import type { Problem } from '#domain/registry/problem.ts';
import type { Moments } from '#domain/rollout/observation.ts';
import {
  type ArmTraffic,
  FAILURE_KINDS,
  type FailureKind,
  NO_TRAFFIC,
} from '#domain/rollout/traffic.ts';
import type { ExperimentPlan } from './plan.ts';

/** Where the numbers of a metric come from; both are known of every arm of every experiment. */
type Source =
  /** Units that a version failed, in one way or in any. */
  | { readonly from: 'failures'; readonly of?: FailureKind }
  /** How long the model ran. */
  | { readonly from: 'latency' }
  /** What clients sent back about answers. */
  | { readonly from: 'score' };

/** Undefined for an id that nothing is counted under. */
export function sourceOf(id: string): Source | undefined {
  if (id === 'failures' || id === 'latency' || id === 'score') return { from: id };
  const kind = FAILURE_KINDS.find((one) => one === id);
  return kind && { from: 'failures', of: kind };
}

const KNOWN = `failures, ${FAILURE_KINDS.join(', ')}`;
const REMEDY = 'correct the plan of the experiment';

/** What a plan asks for that is not counted: such an experiment could only ever run out of time. */
export function* unmeasured({ metric, guardrails }: ExperimentPlan): Iterable<Problem> {
  const source = sourceOf(metric.id)?.from;
  if (source !== 'failures' && source !== 'score') {
    yield {
      field: 'metric.id',
      got: metric.id,
      expected: `score, or one of ${KNOWN}`,
      remedy: REMEDY,
    };
  } else if (metric.kind === 'ratio' || (source === 'failures' && metric.kind !== 'events')) {
    const expected = source === 'score' ? 'mean, or events for scores of 0 and 1' : 'events';
    yield { field: 'metric.kind', got: metric.kind, expected, remedy: REMEDY };
  }
  if (source === 'failures' && metric.better === 'higher') {
    yield { field: 'metric.better', got: 'higher', expected: 'lower', remedy: REMEDY };
  }
  for (const [i, id] of guardrails.entries()) {
    if (sourceOf(id)) continue;
    const expected = `score, latency, or one of ${KNOWN}`;
    yield { field: `guardrails[${i}]`, got: id, expected, remedy: REMEDY };
  }
}

/** Of the exposed, how many a version failed; `of` counts those alone that it failed so. */
export const failuresOf = (traffic: ArmTraffic, of: FailureKind | undefined): number =>
  of === undefined ? traffic.failures : Math.min(traffic.exposures, traffic.kinds[of] ?? 0);

/** What one arm has shown. */
export interface ArmCounts {
  readonly traffic: ArmTraffic;
  readonly scores: Moments;
}

const NO_COUNTS: ArmCounts = {
  traffic: NO_TRAFFIC,
  scores: { count: 0, mean: 0, m2: 0 },
};

/** The metric of an arm's units. */
export function metricOf({ metric }: Pick<ExperimentPlan, 'metric'>, arm: ArmCounts): Moments {
  const source = sourceOf(metric.id);
  if (source?.from !== 'failures') return arm.scores;
  const failures = failuresOf(arm.traffic, source.of);
  return bernoulli(Math.max(failures, unitsOf(arm.traffic)), failures);
}

/** Exposures, those of users about once for each minute however many processes counted them. */
const unitsOf = ({ exposures, users }: ArmTraffic): number =>
  Math.round(exposures - (users?.exposures ?? 0) + (users?.units ?? users?.exposures ?? 0));

/** Noughts and ones. */
function bernoulli(count: number, events: number): Moments {
  if (count === 0) return NO_COUNTS.scores;
  const mean = events / count;
  return { count, mean, m2: count * mean * (1 - mean) };
}

/** Sums of squares carry the rounding of as many additions as there were units. */
const TOLERANCE = 1e-6;

/** Whether only noughts and ones add up to this. */
export const areEvents = ({ count, mean, m2 }: Moments): boolean =>
  count === 0 || (mean >= 0 && mean <= 1 && Math.abs(m2 / count - mean * (1 - mean)) <= TOLERANCE);

export const eventsOf = ({ count, mean }: Moments): number =>
  Math.min(count, Math.max(0, Math.round(count * mean)));
