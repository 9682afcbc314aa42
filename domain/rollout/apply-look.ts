import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { addEventStrata, type EventPlan, eventPlan } from './event-evidence.ts';
import {
  above,
  bucketOf,
  bucketsFor,
  merged,
  quantileBucket,
  total,
  upperEdgeMs,
} from './histogram.ts';
import { addMeans } from './mean-difference.ts';
import type { EventCounts, Histogram, Look, Observation, Stratum } from './observation.ts';
import { addSplit } from './sample-ratio.ts';
import type { GuardrailState, RolloutState } from './state.ts';

export type Applied =
  | { readonly kind: 'applied' | 'repeated'; readonly state: RolloutState }
  | { readonly kind: 'refused'; readonly state: RolloutState; readonly message: string };

/** The state with one look more; a look that it has already seen changes nothing. */
export function applyLook(state: RolloutState, look: Look, policy: RolloutPolicy): Applied {
  if (look.number <= state.look) return { kind: 'repeated', state };
  const message = refusal(state, look, policy);
  if (message !== undefined) return { kind: 'refused', state, message };

  const plan = eventPlan(policy);
  const same = look.step === state.step;
  const guardrails: Record<string, GuardrailState> = {};
  for (const [id, seen] of Object.entries(state.guardrails)) {
    guardrails[id] = observed(seen, look.observations[id], policy, plan);
  }
  return {
    kind: 'applied',
    state: {
      schema: state.schema,
      look: look.number,
      step: look.step,
      looksInStep: (same ? state.looksInStep : 0) + 1,
      exposures: (same ? state.exposures : 0) + (look.served ?? look.assigned.canary),
      split: addSplit(state.split, shareOf(look.step, policy), look.assigned, sharesOf(policy)),
      guardrails,
    },
  };
}

/** The canary's share of units in a step; of the shadow's none are split. */
export const shareOf = (step: number, policy: RolloutPolicy): number =>
  step === 0 ? 0 : (policy.steps[step - 1] ?? 100) / 100;

/** Shares that leave both versions units. */
const sharesOf = ({ steps }: RolloutPolicy): number => steps.filter((step) => step < 100).length;

function refusal(state: RolloutState, look: Look, policy: RolloutPolicy): string | undefined {
  if (look.number !== state.look + 1) {
    return `got look ${look.number}, expected look ${state.look + 1}: send those between first`;
  }
  if (look.step < state.step || look.step > state.step + 1 || look.step > policy.steps.length) {
    const next = Math.min(state.step + 1, policy.steps.length);
    return `got a look of step ${look.step}, expected step ${state.step} or ${next}`;
  }
  for (const [id, { kind }] of Object.entries(look.observations)) {
    const expected = state.guardrails[id]?.kind;
    if (kind !== expected) {
      return `got ${kind} of ${id}, expected ${expected ?? 'no such guardrail: name it in the policy, or leave it out'}`;
    }
  }
  return undefined;
}

function observed(
  seen: GuardrailState,
  observation: Observation | undefined,
  policy: RolloutPolicy,
  plan: EventPlan,
): GuardrailState {
  if (observation === undefined) return { ...seen, missing: seen.missing + 1 };
  if (seen.kind === 'events' && observation.kind === 'events') {
    return {
      ...seen,
      missing: 0,
      evidence: addEventStrata(seen.evidence, observation.strata, plan),
    };
  }
  if (seen.kind === 'mean' && observation.kind === 'mean') {
    return { ...seen, missing: 0, sums: observation.strata.reduce(addMeans, seen.sums) };
  }
  if (seen.kind === 'latency' && observation.kind === 'latency') {
    return { ...withLatencies(seen, observation.strata, policy, plan), missing: 0 };
  }
  return seen;
}

/** Latencies before the threshold is frozen only help to find it; those after only meet it. */
function withLatencies(
  seen: GuardrailState & { readonly kind: 'latency' },
  strata: readonly Stratum<Histogram>[],
  policy: RolloutPolicy,
  plan: EventPlan,
): GuardrailState {
  const { frozen } = seen;
  if (frozen !== null) {
    const slower = slowerBucket(frozen, policy);
    const events = strata.map(({ canary, baseline }) => ({
      canary: slowerThan(canary, slower),
      baseline: slowerThan(baseline, frozen),
    }));
    return { ...seen, evidence: addEventStrata(seen.evidence, events, plan) };
  }
  const baseline = strata.reduce((sum, { baseline }) => merged(sum, baseline), seen.baseline);
  return total(baseline) < policy.latencySamplesMin
    ? { ...seen, baseline }
    : { ...seen, baseline: [], frozen: quantileBucket(baseline, policy.latencyQuantile) };
}

/** Above it, a canary's latency is slower by more than what counts as none. */
const slowerBucket = (frozen: number, { latencyRatio, latencySlackMs }: RolloutPolicy): number =>
  Math.max(frozen + bucketsFor(latencyRatio), bucketOf(upperEdgeMs(frozen) + latencySlackMs));

const slowerThan = (histogram: Histogram, bucket: number): EventCounts => ({
  exposures: total(histogram),
  events: above(histogram, bucket),
});
