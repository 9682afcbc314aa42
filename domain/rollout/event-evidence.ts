import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { type AnalysisPlan, addScore, analysed } from './group-sequential.ts';
import { asUnits, type EventCounts, type Stratum } from './observation.ts';
import { addEvents } from './rate-ratio.ts';
import type { EventEvidence } from './state.ts';

/** How events are judged, the same for every guardrail that counts them. */
export interface EventPlan {
  readonly policy: RolloutPolicy;
  readonly analyses: AnalysisPlan;
}

export function eventPlan(policy: RolloutPolicy): EventPlan {
  const counting = policy.guardrails.filter(({ kind }) => kind !== 'mean').length;
  return {
    policy,
    analyses: {
      analyses: policy.analyses,
      // The other half is the looks'; each guardrail that is analysed may spend its part.
      alpha: policy.harmAlpha / 2 / Math.max(1, counting),
      ratio: policy.harmRatio,
      worse: policy.promotionRatio,
    },
  };
}

/** The evidence with a look's strata more, and an analysis when it is due. */
export function addEventStrata(
  evidence: EventEvidence,
  strata: readonly Stratum<EventCounts>[],
  { policy, analyses }: EventPlan,
): EventEvidence {
  let { totals, harm, promotion, score } = evidence;
  for (const stratum of strata) {
    totals = {
      canary: added(totals.canary, stratum.canary),
      baseline: added(totals.baseline, stratum.baseline),
    };
    harm = addEvents(harm, stratum, policy.harmRatio, policy.harmAlternatives);
    promotion = addEvents(promotion, stratum, policy.promotionRatio, policy.promotionAlternatives);
    score = addScore(score, stratum, policy.harmRatio);
  }
  return { totals, harm, promotion, score: analysed(score, analyses) };
}

const added = (one: EventCounts, other: EventCounts): EventCounts => ({
  exposures: one.exposures + other.exposures,
  events: one.events + other.events,
  ...((one.units ?? other.units) !== undefined && {
    units: asUnits(one).exposures + asUnits(other).exposures,
  }),
});
