import type { Outcomes } from '#aws/outcomes.ts';
import type { TrafficCounters } from '#aws/traffic-counters.ts';
import { type Generations, generationsOf, keptCounts } from '#domain/rollout/generations.ts';
import type { Counted, RolloutRecord } from '#domain/rollout/record.ts';
import { CANDIDATE_TRIAL, type Traffic } from '#domain/rollout/traffic.ts';
import { candidateTrial } from '#domain/serving/decision.ts';

export interface Counters {
  readonly traffic: Pick<TrafficCounters, 'of'>;
  readonly outcomes: Pick<Outcomes, 'of'>;
}

/** What had been counted of a rollout, and what is now, without generations that are over. */
export interface Counts {
  readonly before: RolloutRecord['counted'];
  readonly now: Readonly<Record<string, Counted>>;
}

/** @param current generation of the route now. */
export async function countTraffic(
  counters: Counters,
  record: RolloutRecord,
  current: number,
): Promise<Counts> {
  const generations = generationsOf(record, current);
  const counted = await Promise.all(
    generations.all.map(async (generation) => [
      String(generation),
      await countedOf(counters, record, generation, generations),
    ]),
  );
  return { before: keptCounts(record.counted, generations), now: Object.fromEntries(counted) };
}

const NOTHING: Traffic = {};

async function countedOf(
  { traffic, outcomes }: Counters,
  record: RolloutRecord,
  generation: number,
  { open }: Generations,
): Promise<Counted> {
  const [seen, came] = await Promise.all([
    open.has(generation) ? traffic.of(record, generation) : NOTHING,
    outcomes.of(record, candidateTrial(record.digest), generation),
  ]);
  // An experiment beside the shadow has trials of its own, which are none of the rollout's.
  const { [CANDIDATE_TRIAL]: arms } = seen;
  return { traffic: arms ? { [CANDIDATE_TRIAL]: arms } : {}, outcomes: came };
}
