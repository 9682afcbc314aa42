import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { shareOf } from './apply-look.ts';
import { aboveDifference, tunedRho2 } from './confidence-sequence.ts';
import type { MeanSums } from './mean-difference.ts';
import { asUnits, type EventCounts, type Stratum } from './observation.ts';
import { eventsUntil, exposuresUntil } from './rate-ratio.ts';
import { judgeable, negligibleRate, thresholds } from './standing.ts';
import type { EventEvidence, RolloutState } from './state.ts';

/**
 * Units of both arms that a guardrail still needs to show that an equal canary is not worse, at
 * the present step's share and the events' present rate: an estimate, null where none is known.
 */
export function unitsNeeded(id: string, state: RolloutState, policy: RolloutPolicy): number | null {
  const seen = state.guardrails[id];
  if (seen === undefined) return null;
  if (seen.kind === 'mean') return forMean(seen.sums, policy);
  const share = state.step === 0 ? 0.5 : shareOf(state.step, policy);
  const byRatio = forRatio(seen.evidence, share, policy);
  const negligible = negligibleRate(seen.kind, policy);
  const byRate =
    negligible > 0 ? forRate(seen.evidence, share, negligible, policy) : Number.POSITIVE_INFINITY;
  const units = Math.ceil(Math.min(byRatio, byRate));
  return Number.isFinite(units) ? units : null;
}

/** The negligible rate's half of the evidence is left out, so that the other has to double. */
const targetOf = (policy: RolloutPolicy): number => thresholds(policy).promotion + Math.LN2;

/** Of both arms; half an event more than there were, so that none does not mean never. */
const rateOf = ({ canary, baseline }: Stratum<EventCounts>): number =>
  (canary.events + baseline.events + 0.5) /
  (asUnits(canary).exposures + asUnits(baseline).exposures + 1);

function forRatio(
  { promotion, totals }: EventEvidence,
  share: number,
  policy: RolloutPolicy,
): number {
  const { promotionRatio, promotionAlternatives } = policy;
  const target = targetOf(policy);
  const events = eventsUntil(promotion, target, promotionRatio, promotionAlternatives, share);
  return events / rateOf(totals);
}

function forRate(
  { totals }: EventEvidence,
  share: number,
  negligible: number,
  policy: RolloutPolicy,
): number {
  const canary = asUnits(totals.canary);
  return exposuresUntil(canary, targetOf(policy), negligible, rateOf(totals)) / share;
}

/** By trial: the units seen so far, a quarter more each time, until they suffice. */
function forMean(sums: MeanSums, policy: RolloutPolicy): number | null {
  const measured = judgeable(sums, policy);
  if (measured === undefined) {
    const fewer = Math.min(sums.canaryDf, sums.baselineDf);
    return 2 * Math.max(1, policy.meanSamplesMin - fewer);
  }
  const rho2 = tunedRho2(policy.meanTunedFor, policy.promotionAlpha);
  const { standardError, effective } = measured;
  for (let times = 1; times <= 2 ** 30; times *= 1.25) {
    const equal = {
      ...measured,
      difference: 0,
      standardError: standardError / Math.sqrt(times),
      effective: effective * times,
    };
    if (aboveDifference(equal, -policy.meanMargin, rho2) >= thresholds(policy).promotion) {
      return Math.ceil(effective * (times - 1));
    }
  }
  return null;
}
