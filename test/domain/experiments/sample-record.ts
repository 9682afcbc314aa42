import { routed } from '#domain/experiments/allocate.ts';
import { started } from '#domain/experiments/experiment.ts';
import type { Running } from '#domain/experiments/next-move.ts';
import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import type { ExperimentRecord } from '#domain/experiments/record.ts';
import { startTally } from '#domain/experiments/tally.ts';
import { firstWeighing } from '#domain/experiments/weighing.ts';
import { DEFAULT_EXPERIMENT_POLICY } from '#domain/gates/experiment-policy.ts';
import { DEFAULT_ROLLOUT_POLICY } from '#domain/gates/rollout-policy.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import { firstRoute } from '#domain/serving/routing/promote.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { startExperiment } from '#domain/serving/routing/trial.ts';
import { samplePlan } from './sample-plan.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
export const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:experiment:1';
const HOUR = 3_600_000;
export const moment = (hours: number) => {
  const ms = START + hours * HOUR;
  return { ms, iso: new Date(ms).toISOString() };
};

/** Scores, judged beside failures. */
export const scorePlan = (changes: Partial<ExperimentPlan> = {}): ExperimentPlan =>
  samplePlan({
    metric: { id: 'score', kind: 'mean', better: 'higher' },
    guardrails: ['failures'],
    ...changes,
  });

export const planned = (plan = scorePlan()): ExperimentRecord => ({
  id: plan.id,
  tenant: plan.tenant,
  model: plan.model,
  plan,
  policyHash: parseDigest('0f'.repeat(32)),
  policy: DEFAULT_EXPERIMENT_POLICY,
  rollout: DEFAULT_ROLLOUT_POLICY,
  creator: 'ann',
  state: { status: 'PLANNED' },
  looks: 0,
  rev: 1,
  createdAt: moment(0).iso,
  updatedAt: moment(0).iso,
});

/** The control's route before anything is tried. */
export const quietRoute = ({ tenant, model, control } = scorePlan()): RouteDocument =>
  firstRoute({ tenant, model }, control, moment(0));

/** The route once the experiment has begun, at its start. */
export function carrying(plan = scorePlan(), before = quietRoute(plan)): RouteDocument {
  const trial = {
    seen: before,
    experiment: routed(plan),
    attributes: plan.attributes,
    leaseSeconds: 360,
  };
  const begun = startExperiment(before, trial, moment(0));
  if (!begun.ok) throw new Error(begun.refusal.message);
  return begun.route;
}

/** An experiment that the route of `carrying` has begun. */
export function running(plan = scorePlan(), changes: Partial<ExperimentRecord> = {}): Running {
  const record = planned(plan);
  const weighing = firstWeighing(plan, 2, START);
  return {
    ...record,
    state: started(record.state, START),
    execution: EXECUTION,
    begun: { generation: 2, epoch: 0 },
    weighing,
    tally: startTally(plan, record.rollout, weighing),
    rev: 2,
    ...changes,
  } as Running;
}
