import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { sequenceHalfWidth, tunedRho2 } from '#domain/rollout/confidence-sequence.ts';
import { type MeanSums, meanDifference } from '#domain/rollout/mean-difference.ts';
import type { Moments } from '#domain/rollout/observation.ts';
import { reports } from './harm.ts';
import type { ArmEvidence, Evidence } from './judge-look.ts';
import { areEvents } from './measured.ts';
import { CONTROL, type ExperimentPlan } from './plan.ts';
import { type ArmTotals, differences, type Tally, totals } from './tally.ts';

/**
 * What an experiment has shown so far. Of equal arms, the intervals of all treatments together ever
 * leave out 0 with probability ≤ the plan's alpha, however often they are looked at.
 */
export function evidenceOf(tally: Tally, plan: ExperimentPlan, rollout: RolloutPolicy): Evidence {
  const arms = totals(tally, plan);
  const sums = differences(tally, plan, 'metric');
  const control = arms.find(({ name }) => name === CONTROL);
  return {
    arms: arms.map((arm): ArmEvidence => {
      const { name, metric } = arm;
      const seen = { name, units: metric.count, ...(metric.count > 0 && { mean: metric.mean }) };
      const difference =
        control && name !== CONTROL && sums[name]
          ? intervalOf(sums[name], { arm, control }, plan, rollout)
          : undefined;
      return { ...seen, ...(difference && { difference }) };
    }),
    guardrails: [...reports(plan, rollout, tally.harm, differences(tally, plan, 'scores'))],
    trafficSound: tally.split.units === 0 ? undefined : isSound(tally, rollout),
  };
}

/** As `weights` said; a split once found broken stays so. */
const isSound = ({ split }: Tally, { sampleRatioAlpha }: RolloutPolicy): boolean =>
  split.greatest < Math.log(1 / sampleRatioAlpha);

/** Treatment less control; tightest when both arms have the least sample that the plan asks for. */
function intervalOf(
  sums: MeanSums,
  arms: { readonly arm: ArmTotals; readonly control: ArmTotals },
  plan: ExperimentPlan,
  { meanSamplesMin }: RolloutPolicy,
): ArmEvidence['difference'] {
  const { metric, treatments, unitsMin } = plan;
  if (Math.min(sums.canaryDf, sums.baselineDf) < meanSamplesMin - 1) return undefined;
  const varied = metric.kind === 'events' ? varyingAsEvents(sums, arms) : sums;
  const measured = varied && meanDifference(varied);
  if (measured === undefined || !(measured.standardError > 0)) return undefined;
  const alpha = plan.alpha / treatments.length;
  const half = sequenceHalfWidth(measured, tunedRho2(2 * unitsMin, alpha), alpha);
  return { low: measured.difference - half, high: measured.difference + half };
}

/**
 * The same with the variance of events. An arm that few of them befell looks surer than it is, so
 * it varies at least as at the rate of both arms together. Undefined where scores are no events.
 */
function varyingAsEvents(
  sums: MeanSums,
  { arm, control }: { readonly arm: ArmTotals; readonly control: ArmTotals },
): MeanSums | undefined {
  if (!areEvents(arm.metric) || !areEvents(control.metric)) return undefined;
  const pooled = variance([arm.metric, control.metric]);
  return {
    ...sums,
    canaryM2: Math.max(pooled, variance([arm.metric])) * sums.canaryDf,
    baselineM2: Math.max(pooled, variance([control.metric])) * sums.baselineDf,
  };
}

/** Half an event more of either kind than there were, so that none does not mean never. */
function variance(arms: readonly Moments[]): number {
  let [count, events] = [0, 0];
  for (const arm of arms) {
    count += arm.count;
    events += arm.count * arm.mean;
  }
  const rate = (events + 0.5) / (count + 1);
  return rate * (1 - rate);
}
