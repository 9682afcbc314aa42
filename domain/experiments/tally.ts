import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import type { Arms, Fresh } from '#domain/rollout/fresh-traffic.ts';
import { addMeans, type MeanSums, NO_MEANS } from '#domain/rollout/mean-difference.ts';
import { NO_MOMENTS } from '#domain/rollout/moments.ts';
import type { Moments } from '#domain/rollout/observation.ts';
import type { Counted } from '#domain/rollout/record.ts';
import { NO_TRAFFIC } from '#domain/rollout/traffic.ts';
import { armsOf, both, countNews, NOTHING } from './count-news.ts';
import { addLook, type Harm, startHarm } from './harm.ts';
import { type ArmCounts, metricOf } from './measured.ts';
import { CONTROL, type ExperimentPlan } from './plan.ts';
import { addUnits, type Split, startSplit } from './split.ts';
import type { Weighing } from './weighing.ts';

/**
 * Generations of the route whose counters are still read. A fixed split seldom has as many, so that
 * outcomes of any age count; a bandit of 10-minute batches reaches 5 h back.
 */
export const OPEN_GENERATIONS = 32;

/** All that an experiment's looks have gathered: plain JSON. */
export interface Tally {
  /** By generation: what had been counted at the last look. */
  readonly open: Readonly<Record<string, Counted>>;
  /** Of all generations before those, together. */
  readonly closed: Counted;
  /** Of the same, by treatment: the metric's difference from the control, and the scores'. */
  readonly metric: Readonly<Record<string, MeanSums>>;
  readonly scores: Readonly<Record<string, MeanSums>>;
  readonly split: Split;
  readonly harm: Harm;
}

/** What an arm has shown in all. */
export interface ArmTotals extends ArmCounts {
  readonly name: string;
  readonly metric: Moments;
}

export const startTally = (
  plan: ExperimentPlan,
  rollout: RolloutPolicy,
  { weights }: Weighing,
): Tally => ({
  open: {},
  closed: NOTHING,
  metric: {},
  scores: {},
  split: startSplit(weights),
  harm: startHarm(plan, rollout),
});

/** Generations of the route, `from` to `to`, whose counters the next look reads. */
export const generationsToRead = (from: number, to: number): readonly number[] => {
  const first = Math.max(from, to - OPEN_GENERATIONS + 1);
  return Array.from({ length: Math.max(0, to - first + 1) }, (_, i) => first + i);
};

/**
 * The tally with what has been counted by now, by generation; counts only grow, so that reading
 * them again changes nothing.
 */
export function tallied(
  tally: Tally,
  plan: ExperimentPlan,
  rollout: RolloutPolicy,
  now: Readonly<Record<string, Counted>>,
  weighing: Weighing,
): Tally {
  const { open, news } = countNews(tally, plan.id, now);
  let { split } = tally;
  for (const { generation, fresh } of news) {
    // Stragglers that were weighed otherwise belong to no test of the present weights.
    if (generation >= weighing.generation) split = addUnits(split, splitOf(fresh));
  }
  const came = news.map(({ fresh }) => armsOf(fresh)).filter(isSome);
  const harm = addLook(tally.harm, plan, rollout, came);
  return closing({ ...tally, open, split, harm }, plan);
}

/** The tally with its oldest generations folded together. */
function closing(tally: Tally, plan: ExperimentPlan): Tally {
  const generations = Object.keys(tally.open).sort((a, b) => Number(a) - Number(b));
  let next = tally;
  for (const generation of generations.slice(
    0,
    Math.max(0, generations.length - OPEN_GENERATIONS),
  )) {
    const { [generation]: counted = NOTHING, ...open } = next.open;
    next = {
      ...next,
      open,
      closed: both(next.closed, counted),
      metric: withStratum(next.metric, plan, counted, (arm) => metricOf(plan, arm)),
      scores: withStratum(next.scores, plan, counted, ({ scores }) => scores),
    };
  }
  return next;
}

/** The difference of each treatment from the control, by what `of` says of an arm. */
export function differences(
  tally: Tally,
  plan: ExperimentPlan,
  what: 'metric' | 'scores',
): Readonly<Record<string, MeanSums>> {
  const of = (arm: ArmCounts) => (what === 'metric' ? metricOf(plan, arm) : arm.scores);
  return Object.values(tally.open).reduce(
    (sums, counted) => withStratum(sums, plan, counted, of),
    tally[what],
  );
}

/** Each arm in all, treatments first. */
export function totals(tally: Tally, plan: ExperimentPlan): readonly ArmTotals[] {
  const all = Object.values(tally.open).reduce(both, tally.closed);
  return namesOf(plan).map((name) => {
    const arm = armOf(all, plan, name);
    return { name, ...arm, metric: metricOf(plan, arm) };
  });
}

export const namesOf = ({ treatments }: ExperimentPlan): readonly string[] => [
  ...treatments.map(({ name }) => name),
  CONTROL,
];

/** A generation is a stratum of its own: shares are the same throughout it. */
function withStratum(
  sums: Readonly<Record<string, MeanSums>>,
  plan: ExperimentPlan,
  counted: Counted,
  of: (arm: ArmCounts) => Moments,
): Readonly<Record<string, MeanSums>> {
  const baseline = of(armOf(counted, plan, CONTROL));
  return Object.fromEntries(
    plan.treatments.map(({ name }) => {
      const canary = of(armOf(counted, plan, name));
      return [name, addMeans(sums[name] ?? NO_MEANS, { canary, baseline })];
    }),
  );
}

const armOf = (
  { traffic, outcomes }: Counted,
  { id }: ExperimentPlan,
  name: string,
): ArmCounts => ({
  traffic: traffic[id]?.[name] ?? NO_TRAFFIC,
  scores: outcomes[name] ?? NO_MOMENTS,
});

const isSome = (arms: Arms): boolean =>
  Object.values(arms).some(({ assigned, exposures }) => assigned + exposures > 0);

const splitOf = (fresh: Readonly<Record<string, Fresh>>): Split['counts'] =>
  Object.fromEntries(Object.entries(fresh).map(([name, { split }]) => [name, split]));
