import type { Guardrail, RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { NO_SCORE, type ScoreSums } from './group-sequential.ts';
import { type MeanSums, NO_MEANS } from './mean-difference.ts';
import type { EventCounts, Histogram, Stratum } from './observation.ts';
import { NO_SPLIT, type SampleRatio } from './sample-ratio.ts';

/** Evidence from events of one kind. */
export interface EventEvidence {
  readonly totals: Stratum<EventCounts>;
  /** Log likelihood ratios of the policy's alternatives, in their order. */
  readonly harm: readonly number[];
  readonly promotion: readonly number[];
  readonly score: ScoreSums;
}

/** What a guardrail has shown since the rollout began. */
export type GuardrailState = { readonly missing: number } & (
  | { readonly kind: 'events'; readonly evidence: EventEvidence }
  | {
      readonly kind: 'latency';
      readonly evidence: EventEvidence;
      /** The baseline's latencies until the threshold is frozen. */
      readonly baseline: Histogram;
      /** Bucket above which a baseline latency is an event. */
      readonly frozen: number | null;
    }
  | { readonly kind: 'mean'; readonly sums: MeanSums }
);

/** All that a rollout's next look needs; plain JSON of a few kilobytes. */
export interface RolloutState {
  readonly schema: 'assay.rollout-state/v1';
  /** The last look applied. */
  readonly look: number;
  readonly step: number;
  readonly looksInStep: number;
  /** Units that the canary served in this step. */
  readonly exposures: number;
  readonly split: SampleRatio;
  readonly guardrails: { readonly [id: string]: GuardrailState };
}

export const startRollout = (policy: RolloutPolicy): RolloutState => ({
  schema: 'assay.rollout-state/v1',
  look: 0,
  step: policy.shadow ? 0 : 1,
  looksInStep: 0,
  exposures: 0,
  split: NO_SPLIT,
  guardrails: Object.fromEntries(
    policy.guardrails.map((guardrail) => [guardrail.id, nothingSeen(guardrail, policy)]),
  ),
});

function nothingSeen({ kind }: Guardrail, policy: RolloutPolicy): GuardrailState {
  if (kind === 'mean') return { kind, missing: 0, sums: NO_MEANS };
  const none = { exposures: 0, events: 0 };
  const evidence = {
    totals: { canary: none, baseline: none },
    harm: policy.harmAlternatives.map(() => 0),
    promotion: policy.promotionAlternatives.map(() => 0),
    score: NO_SCORE,
  };
  return kind === 'events'
    ? { kind, missing: 0, evidence }
    : { kind, missing: 0, evidence, baseline: [], frozen: null };
}
