import { CONTROL } from '#domain/experiments/plan.ts';
import type { ExperimentRecord } from '#domain/experiments/record.ts';
import { namesOf, totals } from '#domain/experiments/tally.ts';
import { quantileBucket, total, upperEdgeMs } from '#domain/rollout/histogram.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';

/** What is shown of an experiment in a list. */
export const experimentSummaryOf = ({ id, plan, state, creator, ...record }: ExperimentRecord) => ({
  id,
  status: state.status,
  ...endOf(state),
  control: plan.control.version,
  treatments: plan.treatments.map(({ target }) => target.version),
  metric: plan.metric,
  creator,
  failure: record.failure,
  stop: record.stop,
  createdAt: record.createdAt,
  updatedAt: record.updatedAt,
});

/** An experiment with what its last look found. */
export function experimentViewOf(record: ExperimentRecord, route: RouteDocument | undefined) {
  const { plan, state, last, tally, policy } = record;
  const { allocation, guardrails, alpha, unitsMin, effectMin, hours, segment } = plan;
  const running = state.status === 'RUNNING';
  const carried = running && route?.experiments.find(({ id }) => id === record.id);
  return {
    ...experimentSummaryOf(record),
    plan: { allocation, guardrails, alpha, unitsMin, effectMin, hours, segment },
    autoPromote: plan.autoPromote,
    lookedAt: last?.at,
    nextLookAt:
      running && last ? instant(Date.parse(last.at) + policy.lookSeconds * 1000) : undefined,
    endsAt: running ? instant(state.startedAt + hours.max * 3_600_000) : undefined,
    leaseUntil: carried ? instant(carried.leaseUntil) : undefined,
    missing: last?.missing ?? [],
    trafficSound: last?.evidence.trafficSound,
    arms: armsOf(record),
    units: tally?.split.units ?? 0,
    rollout: record.promotion?.id,
  };
}

/** Treatments first, the control last. */
function armsOf({ plan, tally, weighing, last, state }: ExperimentRecord) {
  const seen = tally ? totals(tally, plan) : [];
  const vetoed = state.status === 'RUNNING' ? state.vetoed : [];
  const targets = new Map(plan.treatments.map(({ name, target }) => [name, target]));
  return namesOf(plan).map((name) => {
    const arm = seen.find((one) => one.name === name);
    const found = last?.evidence.arms.find((one) => one.name === name);
    const { assigned = 0, exposures = 0, failures = 0, latency = [] } = arm?.traffic ?? {};
    return {
      name,
      version: (targets.get(name) ?? plan.control).version,
      weight: weighing?.weights[name],
      vetoed: vetoed.includes(name),
      assigned,
      exposures,
      failures,
      p95Ms: total(latency) > 0 ? upperEdgeMs(quantileBucket(latency, 0.95)) : undefined,
      units: found?.units ?? 0,
      mean: found?.mean,
      difference: found?.difference,
      guardrails:
        name === CONTROL
          ? []
          : (last?.evidence.guardrails ?? [])
              .filter(({ treatment }) => treatment === name)
              .map(({ id, harmed, lnE }) => ({ id, harmed, lnE })),
    };
  });
}

function endOf(state: ExperimentRecord['state']) {
  switch (state.status) {
    case 'PLANNED':
      return {};
    case 'RUNNING':
      return { startedAt: instant(state.startedAt) };
    case 'ABORTED':
      return {
        reason: state.reason,
        ...(state.startedAt !== undefined && { startedAt: instant(state.startedAt) }),
        endedAt: instant(state.endedAt),
      };
    case 'CONCLUDED':
      return {
        outcome: state.outcome,
        ...(state.outcome === 'winner' && { winner: state.winner, promotion: state.promotion }),
        startedAt: instant(state.startedAt),
        endedAt: instant(state.endedAt),
      };
  }
}

const instant = (ms: number): string => new Date(ms).toISOString();
