import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { type Check, type Verdict, worst } from '#domain/gates/verdict.ts';
import { type Applied, applyLook } from './apply-look.ts';
import type { Look } from './observation.ts';
import { trafficDeviation } from './sample-ratio.ts';
import {
  type GuardrailStanding,
  type Outcome,
  type Standing,
  standing,
  thresholds,
} from './standing.ts';
import type { RolloutState } from './state.ts';
import { unitsNeeded } from './units-needed.ts';

export interface Judgement {
  readonly outcome: Outcome;
  readonly checks: readonly Check[];
  readonly standing: Standing;
  readonly sampleRatio: {
    readonly lnE: number;
    readonly deviation: number;
    readonly alert: boolean;
  };
}

export interface JudgedLook {
  readonly applied: Applied['kind'];
  /** Why a look was refused. */
  readonly message?: string;
  readonly state: RolloutState;
  readonly judgement: Judgement;
}

/**
 * Applies a look and judges the rollout by all looks so far. Equal canaries FAIL ever with
 * probability ≤ `harmAlpha`, canaries as bad as the margin PASS ever with ≤ `promotionAlpha`.
 * A look applied before, or out of order, leaves the state as it is.
 */
export function judgeLook(state: RolloutState, look: Look, policy: RolloutPolicy): JudgedLook {
  const applied = applyLook(state, look, policy);
  return {
    applied: applied.kind,
    ...(applied.kind === 'refused' && { message: applied.message }),
    state: applied.state,
    judgement: judgeRollout(applied.state, policy),
  };
}

const OUTCOME: Readonly<Record<Verdict, Outcome>> = {
  pass: 'PASS',
  inconclusive: 'INSUFFICIENT',
  error: 'ERROR',
  fail: 'FAIL',
};

export function judgeRollout(state: RolloutState, policy: RolloutPolicy): Judgement {
  const now = standing(state, policy);
  const deviation = trafficDeviation(state.split);
  const lnE = state.split.greatest;
  const broken = lnE >= thresholds(policy).sampleRatio;
  const checks: Check[] = [
    harmCheck(now, policy),
    splitCheck(lnE, deviation, policy),
    exposuresCheck(now, state, policy),
    ...now.guardrails.flatMap((guardrail) => guardrailChecks(guardrail, state, policy)),
    ...policy.guardrails
      .filter(({ id }) => state.guardrails[id] === undefined)
      .map(({ id }) => unknownGuardrail(id)),
  ];
  return {
    outcome: OUTCOME[worst(checks.map(({ verdict }) => verdict))],
    checks,
    standing: now,
    sampleRatio: {
      lnE,
      deviation,
      alert: broken && deviation > policy.trafficDeviationMax,
    },
  };
}

/** e-values in words: a power of ten is enough where it is large. */
const shown = (ln: number): string => {
  const e = Math.exp(ln);
  if (e < 1000) return e.toPrecision(3);
  return e < 1e6 ? String(Math.round(e)) : e.toExponential(1);
};
const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

function harmCheck({ harm }: Standing, policy: RolloutPolicy): Check {
  const threshold = thresholds(policy).harm;
  const found = harm >= threshold;
  return {
    id: 'harm',
    verdict: found ? 'fail' : 'pass',
    observed: harm,
    threshold,
    message: found
      ? `the canary does harm: evidence of ${shown(harm)} against its being no worse, at most ${shown(threshold)} allowed; roll back`
      : `no harm shown: evidence of ${shown(harm)} against the canary's being no worse, below ${shown(threshold)}`,
  };
}

function splitCheck(lnE: number, deviation: number, policy: RolloutPolicy): Check {
  const threshold = thresholds(policy).sampleRatio;
  const broken = lnE >= threshold;
  return {
    id: 'sample-ratio',
    verdict: broken ? 'error' : 'pass',
    observed: lnE,
    threshold,
    message: broken
      ? `units are not split as the step says: the canary's share is off by ${percent(deviation)} of itself, evidence ${shown(lnE)}; mend the routing and start anew`
      : `units are split as the step says, but for ${percent(deviation)} of the canary's share`,
  };
}

function exposuresCheck(
  { exposuresMissing }: Standing,
  { exposures }: RolloutState,
  { exposuresMin }: RolloutPolicy,
): Check {
  return {
    id: 'exposures',
    verdict: exposuresMissing > 0 ? 'inconclusive' : 'pass',
    observed: exposures,
    threshold: exposuresMin,
    message: `the canary served ${exposures} units in this step, ${exposuresMin} needed`,
  };
}

function guardrailChecks(
  guardrail: GuardrailStanding,
  state: RolloutState,
  policy: RolloutPolicy,
): readonly Check[] {
  const { id, required, promotion, crossed, missing } = guardrail;
  const threshold = thresholds(policy).promotion;
  const silent = missing >= policy.missingLooksMax;
  const checks: Check[] = [
    {
      id: `${id}.analyses`,
      verdict: crossed ? 'fail' : 'pass',
      message: crossed
        ? `a planned analysis found the canary worse in ${id}; roll back`
        : `no planned analysis found the canary worse in ${id}`,
    },
  ];
  if (!required) return checks;
  checks.push({
    id: `${id}.reported`,
    verdict: silent ? 'error' : 'pass',
    observed: missing,
    threshold: policy.missingLooksMax,
    message: silent
      ? `${id} was missing from ${missing} looks in a row, fewer than ${policy.missingLooksMax} allowed: mend what reports it`
      : `${id} was missing from ${missing} looks in a row`,
  });
  const shownHealthy = promotion >= threshold;
  const needed = shownHealthy ? null : unitsNeeded(id, state, policy);
  const more = needed === null ? 'more units than can be told' : `about ${needed} more units`;
  checks.push({
    id: `${id}.no-worse`,
    verdict: shownHealthy ? 'pass' : 'inconclusive',
    observed: promotion,
    threshold,
    message: shownHealthy
      ? `the canary is not worse in ${id} by the margin: evidence ${shown(promotion)}`
      : `evidence of ${shown(promotion)} that the canary is not worse in ${id} by the margin, ${shown(threshold)} needed: wait for ${more} in both arms`,
  });
  return checks;
}

const unknownGuardrail = (id: string): Check => ({
  id: `${id}.reported`,
  verdict: 'error',
  message: `the rollout began without ${id}, which the policy names now: start it anew`,
});
