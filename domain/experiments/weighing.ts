import { hashOf } from '#domain/registry/canonical.ts';
import { batchDue, firstWeights, nextWeights } from './allocate.ts';
import { eventsOf } from './measured.ts';
import type { ExperimentPlan } from './plan.ts';
import type { ArmTotals } from './tally.ts';

/** By name of the variant; they sum to 1. */
export type Weights = Readonly<Record<string, number>>;

/** How units are shared out from one generation of the route on. */
export interface Weighing {
  /** 0, 1, 2 … */
  readonly batch: number;
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly weights: Weights;
  /** What a bandit's draws were made from. */
  readonly seed: number;
}

export const firstWeighing = (plan: ExperimentPlan, generation: number, at: number): Weighing => ({
  batch: 0,
  generation,
  at,
  weights: weightsOf(firstWeights(plan)),
  seed: seedOf(plan, 0),
});

/**
 * How units are to be shared out from now on, in the generation after `generation`; undefined
 * where that stays as it is: no batch is due, and nothing else was vetoed.
 */
export function nextWeighing(
  plan: ExperimentPlan,
  last: Weighing,
  { arms, vetoed }: { readonly arms: readonly ArmTotals[]; readonly vetoed: readonly string[] },
  generation: number,
  at: number,
): Weighing | undefined {
  const fresh = vetoed.some((name) => (last.weights[name] ?? 0) > 0);
  if (!fresh && !batchDue(plan, last.at, at)) return undefined;
  const batch = last.batch + 1;
  const seed = seedOf(plan, batch);
  const counts = arms.map(({ name, metric }) => ({
    name,
    units: metric.count,
    events: eventsOf(metric),
  }));
  const weights = weightsOf(nextWeights(plan, { counts, vetoed, seed }));
  return { batch, generation: generation + 1, at, weights, seed };
}

/** The same for the same batch of the same experiment, however often it is asked. */
const seedOf = ({ tenant, model, id }: ExperimentPlan, batch: number): number =>
  Number.parseInt(hashOf([tenant, model, id, batch]).slice(0, 8), 16);

const weightsOf = (shares: readonly { readonly name: string; readonly weight: number }[]) =>
  Object.fromEntries(shares.map(({ name, weight }) => [name, weight]));
