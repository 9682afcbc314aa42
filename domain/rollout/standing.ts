import type { Guardrail, RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { aboveDifference, tunedRho2 } from './confidence-sequence.ts';
import { logMean } from './log-mean.ts';
import { type MeanDifference, type MeanSums, meanDifference } from './mean-difference.ts';
import { asUnits } from './observation.ts';
import { belowRate, mixture } from './rate-ratio.ts';
import type { EventEvidence, GuardrailState, RolloutState } from './state.ts';

/** Best first. */
export type Outcome = 'PASS' | 'INSUFFICIENT' | 'ERROR' | 'FAIL';

/** How a guardrail stands; the e-values' natural logarithms. */
export interface GuardrailStanding {
  readonly id: string;
  readonly required: boolean;
  /** Against "the canary is no worse". */
  readonly harm: number;
  /** Against "the canary is worse by the margin". */
  readonly promotion: number;
  /** Whether an analysis found the canary worse. */
  readonly crossed: boolean;
  /** Consecutive looks that lacked it. */
  readonly missing: number;
}

/** Where a rollout stands after a look. */
export interface Standing {
  readonly outcome: Outcome;
  /** ln of the guardrails' averaged e-value of harm. */
  readonly harm: number;
  readonly guardrails: readonly GuardrailStanding[];
  /** Units that the canary still has to serve in this step. */
  readonly exposuresMissing: number;
}

/** Natural logarithms that e-values have to reach. */
export const thresholds = (policy: RolloutPolicy) => ({
  harm: Math.log(2 / policy.harmAlpha),
  promotion: Math.log(1 / policy.promotionAlpha),
  sampleRatio: Math.log(1 / policy.sampleRatioAlpha),
});

/** Judges what has been seen so far. Harm outweighs everything; only evidence of health passes. */
export function standing(state: RolloutState, policy: RolloutPolicy): Standing {
  const guardrails = policy.guardrails.flatMap((guardrail) => {
    const seen = state.guardrails[guardrail.id];
    return seen ? [guardrailStanding(inStep(guardrail, state.step), seen, policy)] : [];
  });
  const harm = logMean(guardrails.map((guardrail) => guardrail.harm));
  const limit = thresholds(policy);
  const exposuresMissing = Math.max(0, policy.exposuresMin - state.exposures);
  const outcome = (): Outcome => {
    if (harm >= limit.harm || guardrails.some(({ crossed }) => crossed)) return 'FAIL';
    if (
      state.split.greatest >= limit.sampleRatio ||
      guardrails.length !== policy.guardrails.length ||
      guardrails.some(({ required, missing }) => required && missing >= policy.missingLooksMax)
    ) {
      return 'ERROR';
    }
    const healthy = guardrails.every(
      ({ required, promotion }) => !required || promotion >= limit.promotion,
    );
    return healthy && exposuresMissing === 0 ? 'PASS' : 'INSUFFICIENT';
  };
  return { outcome: outcome(), harm, guardrails, exposuresMissing };
}

/** What a candidate answers in shadow reaches nobody, so that no outcome of it can come back. */
const inStep = (guardrail: Guardrail, step: number): Guardrail =>
  step === 0 && guardrail.kind === 'mean' ? { ...guardrail, required: false } : guardrail;

function guardrailStanding(
  { id, required, better }: Guardrail,
  seen: GuardrailState,
  policy: RolloutPolicy,
): GuardrailStanding {
  const { missing } = seen;
  if (seen.kind === 'mean') {
    const measured = judgeable(seen.sums, policy);
    return { id, required, missing, crossed: false, ...meanStanding(measured, better, policy) };
  }
  const { evidence } = seen;
  return {
    id,
    required,
    missing,
    harm: mixture(evidence.harm),
    promotion: promotionOf(evidence, negligibleRate(seen.kind, policy)),
    crossed: evidence.score.crossed,
  };
}

/**
 * A rate of events that may have any ratio. Of latencies there is none: a threshold that was frozen
 * while the baseline was slow would let a canary pass that is slow by now.
 */
export const negligibleRate = (kind: 'events' | 'latency', policy: RolloutPolicy): number =>
  kind === 'events' ? policy.negligibleRate : 0;

/** Averaged, since a canary that is worse by the margin and not negligibly often refutes both. */
function promotionOf({ promotion, totals }: EventEvidence, negligible: number): number {
  const ratio = mixture(promotion);
  return negligible === 0 ? ratio : logMean([ratio, belowRate(asUnits(totals.canary), negligible)]);
}

/** The difference once there are outcomes enough for asymptotic bounds, and they vary. */
export function judgeable(
  sums: MeanSums,
  { meanSamplesMin }: RolloutPolicy,
): MeanDifference | undefined {
  const measured = meanDifference(sums);
  const enough = Math.min(sums.canaryDf, sums.baselineDf) >= meanSamplesMin - 1;
  return enough && measured && measured.standardError > 0 ? measured : undefined;
}

function meanStanding(
  measured: MeanDifference | undefined,
  better: Guardrail['better'],
  policy: RolloutPolicy,
): Pick<GuardrailStanding, 'harm' | 'promotion'> {
  if (measured === undefined) return { harm: 0, promotion: 0 };
  const gain = (better === 'higher' ? 1 : -1) * measured.difference;
  const rho2 = tunedRho2(policy.meanTunedFor, policy.promotionAlpha);
  return {
    harm: aboveDifference({ ...measured, difference: -gain }, 0, rho2),
    promotion: aboveDifference({ ...measured, difference: gain }, -policy.meanMargin, rho2),
  };
}
