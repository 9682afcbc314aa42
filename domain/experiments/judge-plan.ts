import type { ExperimentPolicy } from '#domain/gates/experiment-policy.ts';
import { type Problem, readBy } from '#domain/registry/problem.ts';
import { ExperimentPlan } from './plan.ts';

export type PlanResult =
  | { readonly ok: true; readonly plan: ExperimentPlan }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const REMEDY = 'correct the plan of the experiment';

/** Reads a plan strictly and holds it to the policy; a plan may only be stricter. */
export function judgePlan(input: unknown, policy: ExperimentPolicy): PlanResult {
  const parsed = readBy(ExperimentPlan, input, REMEDY);
  if (!parsed.ok) return parsed;
  const problems = [...problemsUnder(parsed.value, policy)];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, plan: parsed.value };
}

function* problemsUnder(plan: ExperimentPlan, policy: ExperimentPolicy): Iterable<Problem> {
  const { hours, unitsMin, alpha, autoPromote } = plan;
  if (hours.min < policy.hoursMin) {
    yield problem('hours.min', hours.min, `${policy.hoursMin} or more`);
  }
  if (hours.max > policy.hoursMax) {
    yield problem('hours.max', hours.max, `at most ${policy.hoursMax}`);
  }
  if (unitsMin < policy.unitsMin) {
    yield problem('unitsMin', unitsMin, `${policy.unitsMin} or more`);
  }
  if (alpha > policy.alphaMax) yield problem('alpha', alpha, `at most ${policy.alphaMax}`);
  if (autoPromote && !policy.autoPromotion) {
    yield problem('autoPromote', true, 'false, as the policy asks a person');
  }
  yield* allocationProblems(plan, policy);
}

function* allocationProblems(
  { allocation, treatments }: ExperimentPlan,
  policy: ExperimentPolicy,
): Iterable<Problem> {
  const arms = treatments.length + 1;
  if (allocation.kind === 'fixed') {
    const { split } = allocation;
    // The control keeps as much as a treatment gets.
    const most = Math.min(policy.splitMax, 1 / arms);
    if (split > most) yield problem('allocation.split', split, `at most ${most}`);
    return;
  }
  const { floor, batchMinutes } = allocation;
  if (floor < policy.floorMin || floor > 1 / arms) {
    yield problem('allocation.floor', floor, `${policy.floorMin} to ${1 / arms}`);
  }
  if (batchMinutes < policy.batchMinutesMin) {
    yield problem('allocation.batchMinutes', batchMinutes, `${policy.batchMinutesMin} or more`);
  }
}

const problem = (field: string, got: number | boolean, expected: string): Problem => ({
  field,
  got: String(got),
  expected,
  remedy: REMEDY,
});
