import type { Trial } from '#domain/serving/routing/trial.ts';
import type { Allocation } from './bandits/arm.ts';
import { thompson } from './bandits/thompson.ts';
import { ucb1 } from './bandits/ucb1.ts';
import { CONTROL, type ExperimentPlan } from './plan.ts';

/** Units of an arm since the start, and those of them that the metric's event befell. */
interface ArmCounts {
  readonly name: string;
  readonly units: number;
  readonly events: number;
}

/** Shares of the arms before anything was seen: treatments first, the control last. */
export function firstWeights({ allocation, treatments }: ExperimentPlan): readonly Allocation[] {
  const names = [...treatments.map(({ name }) => name), CONTROL];
  if (allocation.kind !== 'fixed') {
    return names.map((name) => ({ name, weight: 1 / names.length }));
  }
  const { split } = allocation;
  return names.map((name) => ({
    name,
    weight: name === CONTROL ? 1 - split * treatments.length : split,
  }));
}

export interface Batch {
  /** By name, the control among them; an arm that is missing has seen nothing. */
  readonly counts: readonly ArmCounts[];
  /** Treatments that a guardrail speaks against. */
  readonly vetoed: readonly string[];
  /** Of this batch, kept with it: the same seed and counts give the same weights. */
  readonly seed: number;
}

/** Shares of the arms from a batch on: what a vetoed treatment had goes to the others. */
export function nextWeights(plan: ExperimentPlan, batch: Batch): readonly Allocation[] {
  const { allocation, metric } = plan;
  const before = firstWeights(plan);
  const vetoed = new Set(batch.vetoed);
  if (allocation.kind === 'fixed') {
    const spared = before
      .filter(({ name }) => vetoed.has(name))
      .reduce((sum, { weight }) => sum + weight, 0);
    return before.map(({ name, weight }) => ({
      name,
      weight: name === CONTROL ? weight + spared : vetoed.has(name) ? 0 : weight,
    }));
  }
  const arms = before.map(({ name }) => {
    const { units = 0, events = 0 } = batch.counts.find((one) => one.name === name) ?? {};
    return { name, events, others: units - events, vetoed: name !== CONTROL && vetoed.has(name) };
  });
  const options = { direction: metric.better, floor: allocation.floor };
  return allocation.kind === 'thompson'
    ? thompson(arms, { ...options, seed: batch.seed }).weights
    : ucb1(arms, options).weights;
}

/** Whether a bandit's weights may change again; those of a fixed split never do by time. */
export const batchDue = ({ allocation }: ExperimentPlan, weighedAt: number, now: number): boolean =>
  allocation.kind !== 'fixed' && now - weighedAt >= allocation.batchMinutes * 60_000;

/** What the model's route is to carry. */
export function routed(plan: ExperimentPlan): Trial['experiment'] {
  const { id, layer, range, segment, control, treatments } = plan;
  const targets = [...treatments, { name: CONTROL, target: control }];
  const weights = firstWeights(plan);
  return {
    id,
    layer,
    range,
    ...(segment && { segment }),
    variants: targets.map(({ name, target }, i) => ({
      ...target,
      name,
      weight: weights[i]?.weight ?? 0,
    })),
  };
}
