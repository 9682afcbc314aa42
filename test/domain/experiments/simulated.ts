import { evidenceOf } from '#domain/experiments/evidence.ts';
import type { Evidence } from '#domain/experiments/judge-look.ts';
import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import { reweighed } from '#domain/experiments/split.ts';
import { startTally, type Tally, tallied, totals } from '#domain/experiments/tally.ts';
import { firstWeighing, nextWeighing, type Weighing } from '#domain/experiments/weighing.ts';
import { DEFAULT_ROLLOUT_POLICY as ROLLOUT } from '#domain/gates/rollout-policy.ts';
import type { Counted } from '#domain/rollout/record.ts';
import { binomial, type Random, sfc32 } from '../../../bench/simulate/random.ts';
import { counters, ones, served } from './counts.ts';

/** An experiment in which every unit is answered or fails, or sends back a score of 0 or 1. */
export interface World {
  readonly plan: ExperimentPlan;
  /** Units of all arms between two looks. */
  readonly units: number;
  readonly rates: readonly [control: number, treatment: number];
  readonly runs: number;
}

/** In how many runs it was so at some look. */
export interface Found {
  /** An interval that left out the true difference. */
  missed: number;
  /** An interval that lay on the better side of 0. */
  won: number;
  harmed: number;
  broken: number;
}

const SEED = 20_261_121;
const LOOKS = 20;
const BATCH_MS = 600_000;

type Sums = Record<string, readonly [units: number, events: number]>;

export function simulate(world: World): Found {
  const found: Found = { missed: 0, won: 0, harmed: 0, broken: 0 };
  for (let run = 0; run < world.runs; run++) {
    const seen = new Set<keyof Found>();
    for (const evidence of evidencesOf(world, sfc32(SEED, run))) {
      for (const what of notable(world, evidence)) seen.add(what);
    }
    for (const what of seen) found[what]++;
  }
  return found;
}

function* evidencesOf({ plan, units, rates }: World, random: Random): Iterable<Evidence> {
  let weighing = firstWeighing(plan, 1, 0);
  let tally: Tally = startTally(plan, ROLLOUT, weighing);
  let sums: Sums = {};
  for (let look = 1; look <= LOOKS; look++) {
    sums = grown(sums, drawn(weighing, units, rates, random));
    tally = tallied(
      tally,
      plan,
      ROLLOUT,
      { [weighing.generation]: countedBy(plan, sums) },
      weighing,
    );
    yield evidenceOf(tally, plan, ROLLOUT);
    const arms = totals(tally, plan);
    const seen = { arms, vetoed: [] };
    const next = nextWeighing(plan, weighing, seen, weighing.generation, look * BATCH_MS);
    if (!next) continue;
    weighing = next;
    tally = { ...tally, split: reweighed(tally.split, next.weights) };
    sums = {};
  }
}

function* notable({ plan, rates }: World, evidence: Evidence): Iterable<keyof Found> {
  const [control, treatment] = rates;
  const truth = treatment - control;
  for (const { difference, units } of evidence.arms) {
    if (!difference || units < plan.unitsMin) continue;
    if (difference.low > truth || difference.high < truth) yield 'missed';
    if (plan.metric.better === 'higher' ? difference.low > 0 : difference.high < 0) yield 'won';
  }
  if (evidence.guardrails.some(({ harmed }) => harmed)) yield 'harmed';
  if (evidence.trafficSound === false) yield 'broken';
}

function drawn(
  { weights }: Weighing,
  units: number,
  [control, treatment]: World['rates'],
  random: Random,
): Sums {
  let [left, share] = [units, 1];
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => {
      const count = name === 'control' ? left : binomial(left, Math.min(1, weight / share), random);
      [left, share] = [left - count, share - weight];
      return [name, [count, binomial(count, name === 'control' ? control : treatment, random)]];
    }),
  );
}

const grown = (sums: Sums, more: Sums): Sums =>
  Object.fromEntries(
    Object.entries(more).map(([name, [units, events]]) => {
      const [before, befell] = sums[name] ?? [0, 0];
      return [name, [before + units, befell + events]];
    }),
  );

function countedBy({ metric }: ExperimentPlan, sums: Sums): Counted {
  const failing = metric.id === 'failures';
  const arms = Object.entries(sums);
  return counters(
    Object.fromEntries(arms.map(([name, [n, events]]) => [name, served(n, failing ? events : 0)])),
    failing ? {} : Object.fromEntries(arms.map(([name, [n, events]]) => [name, ones(n, events)])),
  );
}
