import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { applyLook } from '#domain/rollout/apply-look.ts';
import { aboveDifference, tunedRho2 } from '#domain/rollout/confidence-sequence.ts';
import { type MeanSums, meanDifference } from '#domain/rollout/mean-difference.ts';
import type { Observation, Stratum } from '#domain/rollout/observation.ts';
import { standing } from '#domain/rollout/standing.ts';
import { type RolloutState, startRollout } from '#domain/rollout/state.ts';
import { type ArmTraffic, NO_TRAFFIC } from '#domain/rollout/traffic.ts';
import { failuresOf, sourceOf } from './measured.ts';
import { CONTROL, type ExperimentPlan } from './plan.ts';

/** How one treatment stands beside the control in one guardrail. */
export interface GuardrailReport {
  readonly id: string;
  readonly treatment: string;
  readonly harmed: boolean;
  /** ln of the e-value against "it is no worse". */
  readonly lnE: number;
}

/** By treatment: the e-processes of a rollout, with the treatment as canary. */
export type Harm = Readonly<Record<string, RolloutState>>;

export const startHarm = (plan: ExperimentPlan, rollout: RolloutPolicy): Harm =>
  Object.fromEntries(
    plan.treatments.map(({ name }) => [name, startRollout(policyOf(plan, rollout))]),
  );

/** What each arm showed since the last look, once for each generation of the route. */
export type News = readonly Readonly<Record<string, ArmTraffic>>[];

/** The evidence with one look more. */
export function addLook(
  harm: Harm,
  plan: ExperimentPlan,
  rollout: RolloutPolicy,
  news: News,
): Harm {
  const policy = policyOf(plan, rollout);
  return Object.fromEntries(
    Object.entries(harm).map(([treatment, state]) => {
      const strata = news.map((arms) => ({
        canary: arms[treatment] ?? NO_TRAFFIC,
        baseline: arms[CONTROL] ?? NO_TRAFFIC,
      }));
      const observations = Object.fromEntries(
        policy.guardrails.map(({ id }) => [id, observed(id, strata)]),
      );
      // The split is tested over all arms at once: in step 0 the e-processes leave it alone.
      const assigned = { canary: 0, baseline: 0 };
      const look = { number: state.look + 1, step: 0, assigned, observations };
      return [treatment, applyLook(state, look, policy).state];
    }),
  );
}

/** Every guardrail that has something to say of a treatment. */
export function* reports(
  plan: ExperimentPlan,
  rollout: RolloutPolicy,
  harm: Harm,
  scores: Readonly<Record<string, MeanSums>>,
): Iterable<GuardrailReport> {
  const limit = Math.log((2 * plan.guardrails.length * plan.treatments.length) / rollout.harmAlpha);
  for (const { name: treatment } of plan.treatments) {
    const state = harm[treatment];
    const sums = scores[treatment];
    if (state) {
      for (const { id, harm: lnE, crossed } of standing(state, policyOf(plan, rollout))
        .guardrails) {
        if (!hasNews(state, id)) continue;
        yield { id, treatment, harmed: crossed || lnE >= limit, lnE };
      }
    }
    if (sums && plan.guardrails.includes('score')) {
      const lnE = scoreHarm(sums, rollout);
      if (lnE !== undefined) yield { id: 'score', treatment, harmed: lnE >= limit, lnE };
    }
  }
}

/** `harmAlpha` is of all treatments and guardrails together; half of it is the analyses'. */
const policyOf = (plan: ExperimentPlan, rollout: RolloutPolicy): RolloutPolicy => ({
  ...rollout,
  shadow: true,
  harmAlpha: rollout.harmAlpha / plan.treatments.length,
  guardrails: plan.guardrails.flatMap((id) => {
    const from = sourceOf(id)?.from;
    if (from !== 'failures' && from !== 'latency') return [];
    const kind = from === 'latency' ? 'latency' : 'events';
    return [{ id, kind, better: 'lower', required: false } as const];
  }),
});

function observed(id: string, strata: readonly Stratum<ArmTraffic>[]): Observation {
  const source = sourceOf(id);
  if (source?.from === 'latency') {
    const latencies = ({ latency }: ArmTraffic) => latency;
    return { kind: 'latency', strata: strata.map(bothBy(latencies)) };
  }
  const of = source?.from === 'failures' ? source.of : undefined;
  const events = (arm: ArmTraffic) => ({
    exposures: arm.exposures,
    events: failuresOf(arm, of),
  });
  return { kind: 'events', strata: strata.map(bothBy(events)) };
}

const bothBy =
  <T>(of: (arm: ArmTraffic) => T) =>
  ({ canary, baseline }: Stratum<ArmTraffic>): Stratum<T> => ({
    canary: of(canary),
    baseline: of(baseline),
  });

/** Latencies say nothing until the control's have shown what is slow. */
function hasNews({ guardrails }: RolloutState, id: string): boolean {
  const seen = guardrails[id];
  if (seen === undefined || seen.kind === 'mean') return false;
  if (seen.kind === 'latency' && seen.frozen === null) return false;
  const { canary, baseline } = seen.evidence.totals;
  return canary.exposures > 0 && baseline.exposures > 0;
}

function scoreHarm(sums: MeanSums, rollout: RolloutPolicy): number | undefined {
  const measured = meanDifference(sums);
  const enough = Math.min(sums.canaryDf, sums.baselineDf) >= rollout.meanSamplesMin - 1;
  if (!enough || measured === undefined || !(measured.standardError > 0)) return undefined;
  const better = rollout.guardrails.find(({ id }) => id === 'score')?.better ?? 'higher';
  const gain = better === 'higher' ? measured.difference : -measured.difference;
  const rho2 = tunedRho2(rollout.meanTunedFor, rollout.harmAlpha);
  return aboveDifference({ ...measured, difference: -gain }, 0, rho2);
}
