import { v7 as uuid } from 'uuid';
import * as z from 'zod/mini';
import { Experiments, type Routed } from '#aws/experiments.ts';
import { Outcomes } from '#aws/outcomes.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Routes } from '#aws/routes.ts';
import { TrafficCounters } from '#aws/traffic-counters.ts';
import { executionName } from '#domain/experiments/experiment-ref.ts';
import { isCarried, isRunning, nextMove, type Running } from '#domain/experiments/next-move.ts';
import { type At, withLook } from '#domain/experiments/progress.ts';
import type { ExperimentRecord } from '#domain/experiments/record.ts';
import { generationsToRead } from '#domain/experiments/tally.ts';
import type { Counted } from '#domain/rollout/record.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { reweigh, stopExperiment } from '#domain/serving/routing/trial.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { experimentInput } from './experiment-input.ts';
import { leaseSeconds } from './lease.ts';

const Input = z.strictObject(experimentInput);

/** What a Choice routes on. */
type AfterLook =
  | { readonly outcome: 'wait'; readonly seconds: number }
  | { readonly outcome: 'concluded' | 'aborted' | 'ended'; readonly reason: string }
  | { readonly outcome: 'promote'; readonly name: string; readonly rollout: RolloutRef }
  | { readonly outcome: 'hand-over'; readonly name: string };

interface Ports {
  readonly experiments: Pick<Experiments, 'get' | 'look' | 'weigh' | 'conclude'>;
  readonly routes: Pick<Routes, 'of' | 'renewExperiment'>;
  readonly counters: {
    readonly traffic: Pick<TrafficCounters, 'of'>;
    readonly outcomes: Pick<Outcomes, 'of'>;
  };
}

type Act = ReturnType<typeof act>;

/** Other changes of the same route or record that may come between reading and writing. */
const TURNS = 5;

/** Nine events of history for each look, of the 25,000 that an execution holds. */
const LOOKS = 1000;

/** Looks at an experiment: counts, weighs it anew, or ends it. */
export const lookAtExperiment =
  (ports: Ports) =>
  async ({ experiment, execution }: z.infer<typeof Input>): Promise<AfterLook> => {
    for (let turn = 0; turn < TURNS; turn++) {
      const record = await ports.experiments.get(experiment, experiment.id);
      if (record && record.execution !== execution) {
        return { outcome: 'ended', reason: `${record.execution} looks at it instead` };
      }
      // A task whose answer got lost finds what it has done.
      if (record && !isRunning(record)) return afterEnd(record);
      const route = await ports.routes.of(experiment);
      if (!record || !route) {
        throw new Error(`experiment ${experiment.id} lacks its record or its route`);
      }
      const after = await look(ports, record, route);
      if (after) return after;
    }
    throw new Error(`experiment ${experiment.id} changed ${TURNS} times under a look; retry`);
  };

/** Undefined where something changed meanwhile, and all is to be read again. */
async function look(
  ports: Ports,
  record: Running,
  route: RouteDocument,
): Promise<AfterLook | undefined> {
  const now = act('look-at-experiment');
  const at = { ms: Date.parse(now.at), iso: now.at };
  const move = nextMove(record, route, await counted(ports.counters, record, route), at);
  const next = withLook(record, move, at);
  if (move.state.status !== 'RUNNING') return ended(ports, record, next, route, now);
  const weights = move.weighing?.weights;
  const weighed = weights && reweigh(route, { seen: route, id: record.id, weights }, at);
  if (weighed?.ok) {
    const places = { route: weighed.route, seen: route };
    const { ok } = await ports.experiments.weigh(record, next, places, now);
    return ok ? renewed(ports, next, weighed.route, at) : undefined;
  }
  // A lease that ran out is given again first: the weights follow with the next look.
  const { weighing: _, ...unweighed } = move;
  const looked = withLook(record, unweighed, at);
  const { ok } = await ports.experiments.look(record, looked, now);
  return ok ? renewed(ports, looked, route, at) : undefined;
}

async function counted(
  { traffic, outcomes }: Ports['counters'],
  record: Running,
  { generation: current }: RouteDocument,
): Promise<Readonly<Record<string, Counted>>> {
  const generations = generationsToRead(record.begun.generation, current);
  const all = await Promise.all(
    generations.map(async (generation) => {
      const [seen, came] = await Promise.all([
        traffic.of(record, generation),
        outcomes.of(record, record.id, generation),
      ]);
      return [generation, { traffic: seen, outcomes: came }];
    }),
  );
  return Object.fromEntries(all);
}

/** It may serve until a while after the next look. */
async function renewed(
  { routes }: Ports,
  record: ExperimentRecord,
  route: RouteDocument,
  at: At,
): Promise<AfterLook> {
  const index = route.experiments.findIndex(({ id }) => id === record.id);
  const until = at.ms + leaseSeconds(record.policy) * 1000;
  await routes.renewExperiment(route, index, until);
  return record.looks >= LOOKS
    ? { outcome: 'hand-over', name: executionName(record, at.ms.toString(36)) }
    : { outcome: 'wait', seconds: record.policy.lookSeconds };
}

async function ended(
  { experiments }: Ports,
  record: Running,
  next: ExperimentRecord,
  route: RouteDocument,
  now: Act,
): Promise<AfterLook | undefined> {
  const promotion = promotionOf(next);
  const final = promotion ? { ...next, promotion } : next;
  const { ok } = await experiments.conclude(record, final, withdrawn(record, route, now), now);
  return ok ? afterEnd(final) : undefined;
}

/** The route without the experiment; undefined where a kill has taken it out already. */
function withdrawn(record: Running, route: RouteDocument, { at: iso }: Act): Routed | undefined {
  if (!isCarried(route, record)) return undefined;
  const at = { ms: Date.parse(iso), iso };
  const stopped = stopExperiment(route, { seen: route, id: record.id }, at);
  return stopped.ok ? { route: stopped.route, seen: route } : undefined;
}

/** What a winner's rollout is started with, where plan and policy let it start by itself. */
function promotionOf({ state, plan }: ExperimentRecord): RolloutRef | undefined {
  if (state.status !== 'CONCLUDED' || state.outcome !== 'winner') return undefined;
  const target = plan.treatments.find(({ name }) => name === state.winner)?.target;
  if (!target || state.promotion !== 'automatic') return undefined;
  const { tenant, model } = plan;
  const { version, digest } = target;
  return { id: uuid(), tenant, model, version, digest };
}

function afterEnd({ state, promotion }: ExperimentRecord): AfterLook {
  if (promotion) return { outcome: 'promote', name: promotion.id, rollout: promotion };
  if (state.status === 'CONCLUDED') return { outcome: 'concluded', reason: state.outcome };
  return state.status === 'ABORTED'
    ? { outcome: 'aborted', reason: state.reason }
    : { outcome: 'ended', reason: state.status };
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  const metrics = env('METRICS_TABLE');
  return lookAtExperiment({
    experiments: new Experiments(table),
    routes: new Routes(table),
    counters: { traffic: new TrafficCounters(metrics), outcomes: new Outcomes(metrics) },
  });
});
