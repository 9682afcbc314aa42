import { DEFAULT_ROLLOUT_POLICY, type RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import type { EventCounts, Histogram, Look, Moments } from '#domain/rollout/observation.ts';

/** The default policy, judged by events alone and without a shadow. */
export const EVENTS_ONLY: RolloutPolicy = {
  ...DEFAULT_ROLLOUT_POLICY,
  shadow: false,
  guardrails: [{ id: 'failures', kind: 'events', better: 'lower', required: true }],
};

const arm = ([exposures, events]: readonly [number, number]): EventCounts => ({
  exposures,
  events,
});

/** A look that saw [exposures, events] of either arm. */
export const eventLook = (
  number: number,
  canary: readonly [number, number],
  baseline: readonly [number, number],
  step = 1,
): Look => ({
  number,
  step,
  assigned: { canary: canary[0], baseline: baseline[0] },
  observations: {
    failures: { kind: 'events', strata: [{ canary: arm(canary), baseline: arm(baseline) }] },
  },
});

export const latencyLook = (number: number, canary: Histogram, baseline: Histogram): Look => ({
  number,
  step: 1,
  assigned: { canary: 50, baseline: 950 },
  observations: { latency: { kind: 'latency', strata: [{ canary, baseline }] } },
});

export const meanLook = (number: number, canary: Moments, baseline: Moments): Look => ({
  number,
  step: 1,
  assigned: { canary: 50, baseline: 950 },
  observations: { accuracy: { kind: 'mean', strata: [{ canary, baseline }] } },
});

/** Ones and noughts with so many right. */
export const right = (count: number, share: number): Moments => ({
  count,
  mean: share,
  m2: count * share * (1 - share),
});
