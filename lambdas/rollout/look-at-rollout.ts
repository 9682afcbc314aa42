import * as z from 'zod/mini';
import { Outcomes } from '#aws/outcomes.ts';
import { PromotionBlocks } from '#aws/promotion-blocks.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Rollouts } from '#aws/rollouts.ts';
import { Routes } from '#aws/routes.ts';
import { TrafficCounters } from '#aws/traffic-counters.ts';
import { harmOf } from '#domain/rollout/harm.ts';
import { lifeOf, type Move, nextMove, takesAll } from '#domain/rollout/next-move.ts';
import { withoutQuestion, withQuestion, withStep } from '#domain/rollout/progress.ts';
import type { PromotionBlock, RolloutRecord } from '#domain/rollout/record.ts';
import { ramp } from '#domain/serving/routing/candidate.ts';
import { lookLease } from '#domain/serving/routing/look-lease.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import type { Counters } from './count-traffic.ts';
import { isDue, judgedLook, sinceLook } from './judged-look.ts';
import { rolloutInput } from './rollout-input.ts';
import { type Rollback, rollbackOf } from './withdrawal.ts';

const Input = z.strictObject(rolloutInput);

/** What a Choice routes on. */
export type AfterLook =
  | { readonly outcome: 'wait' | 'promote'; readonly seconds: number }
  | { readonly outcome: 'hand-over'; readonly seconds: number; readonly name: string }
  | { readonly outcome: 'ended'; readonly reason: string }
  | ({ readonly outcome: 'roll-back' } & Rollback);

interface Ports {
  readonly rollouts: Pick<Rollouts, 'get' | 'look' | 'ask' | 'step' | 'end'>;
  readonly routes: Pick<Routes, 'of' | 'renewLease'>;
  readonly blocks: Pick<PromotionBlocks, 'of'>;
  readonly counters: Counters;
}

type Act = ReturnType<typeof act>;

/** People's changes and others' of the same record or route that may come in between. */
const TURNS = 5;

/** Nine events of history for each look, of the 25,000 that an execution holds. */
const LOOKS = 1000;

/** Looks at a rollout, and does what the evidence allows: nothing, a step, or asks for another's. */
export const lookAtRollout =
  (ports: Ports) =>
  async ({ rollout, execution }: z.infer<typeof Input>): Promise<AfterLook> => {
    for (let turn = 0; turn < TURNS; turn++) {
      const record = await ports.rollouts.get(rollout, rollout.id);
      const route = await ports.routes.of(rollout);
      if (!record || !route) {
        throw new Error(`rollout ${rollout.id} of ${rollout.model} lacks its record or its route`);
      }
      if (record.execution !== execution) {
        return { outcome: 'ended', reason: `${record.execution} looks at it instead` };
      }
      const after = await look(ports, record, route);
      if (after) return after;
    }
    throw new Error(`rollout ${rollout.id} changed ${TURNS} times while it was looked at; retry`);
  };

/** Undefined where something changed meanwhile, and all is to be read again. */
async function look(
  ports: Ports,
  record: RolloutRecord,
  route: RouteDocument,
): Promise<AfterLook | undefined> {
  const now = act('look-at-rollout');
  const life = lifeOf(record, route);
  if (life.kind === 'ended') return { outcome: 'ended', reason: life.reason };
  if (life.kind === 'withdrawn') {
    const ending = { status: 'ABORTED', by: now.actor, reason: life.reason } as const;
    const { ok } = await ports.rollouts.end(record, ending, now);
    return ok ? { outcome: 'ended', reason: life.reason } : undefined;
  }
  if (life.kind === 'receding') return { outcome: 'wait', seconds: RECEDING_SECONDS };
  const looked = isDue(record, now.at)
    ? await judgedLook(ports.counters, record, route, now.at)
    : record;
  const block = takesAll(record) ? await ports.blocks.of(record, route.stable.digest) : undefined;
  return follow(ports, { record, looked, route, block, now });
}

/**
 * Whoever takes the share back ends the rollout. In the 28 days of an execution these are 1,344 looks;
 * with the LOOKS - 1 that may lie before them 2,343 * 9 = 21,087 events.
 */
const RECEDING_SECONDS = 1800;

interface Situation {
  readonly record: RolloutRecord;
  /** The same, with a look more if one was due. */
  readonly looked: RolloutRecord;
  readonly route: RouteDocument;
  readonly block: PromotionBlock | undefined;
  readonly now: Act;
}

async function follow(ports: Ports, situation: Situation): Promise<AfterLook | undefined> {
  const { record, looked, route, block, now } = situation;
  const times = { now: Date.parse(now.at), stepBegan: Date.parse(record.steps.at(-1)?.at ?? '') };
  const move = nextMove(looked, route, times, block);
  switch (move.kind) {
    case 'ramp':
      return ramped(ports, situation, move);
    case 'roll-back':
      return (await noted(ports, situation)) ? harmed(looked, route, now) : undefined;
    case 'ask': {
      const asking = withQuestion(looked, move, now.at);
      const { ok } = await ports.rollouts.ask(record, asking, now);
      return ok ? renewed(ports, { ...situation, looked: asking }, 'wait') : undefined;
    }
    case 'take-back-question': {
      const unasked = { ...situation, looked: withoutQuestion(looked, now.at) };
      return (await noted(ports, unasked)) ? renewed(ports, unasked, 'wait') : undefined;
    }
    case 'promote':
      return (await noted(ports, situation)) ? renewed(ports, situation, 'promote') : undefined;
    default:
      return (await noted(ports, situation)) ? renewed(ports, situation, 'wait') : undefined;
  }
}

/** Writes the look down, if there was one. */
async function noted({ rollouts }: Ports, { record, looked, now }: Situation): Promise<boolean> {
  return looked === record || (await rollouts.look(record, looked, now)).ok;
}

function harmed(record: RolloutRecord, { generation }: RouteDocument, now: Act): AfterLook {
  const { id, actor } = now;
  const harm = harmOf(record, generation);
  return { outcome: 'roll-back', ...rollbackOf(record, { id, actor, generation, ...harm }) };
}

/** The candidate may serve until a while after the next look: no look of its own does it harm. */
async function renewed(
  { routes }: Ports,
  { record, looked, route, now }: Situation,
  outcome: 'wait' | 'promote',
): Promise<AfterLook> {
  const { last, policy, id, state } = looked;
  const waited = last ? sinceLook(last, now.at) : 0;
  const seconds = Math.max(1, Math.round((last?.nextSeconds ?? 0) - waited));
  const until = Date.parse(now.at) + (seconds + policy.leaseMarginSeconds) * 1000;
  await routes.renewLease(route, Math.round(until));
  const over = looked !== record && state.look % LOOKS === 0;
  return outcome === 'wait' && over
    ? { outcome: 'hand-over', seconds, name: `${id}-${state.look}` }
    : { outcome, seconds };
}

async function ramped(
  ports: Ports,
  situation: Situation,
  { step, share }: Extract<Move, { kind: 'ramp' }>,
): Promise<AfterLook | undefined> {
  const { record, looked, route, block, now } = situation;
  const { nextSeconds, leaseSeconds } = lookLease(record.policy, 0);
  const at = { ms: Date.parse(now.at), iso: now.at };
  const mode = share === 1 ? 'full' : 'canary';
  const next = ramp(route, { seen: route, mode, share, leaseSeconds }, at);
  if (!next.ok) {
    return (await noted(ports, situation)) ? renewed(ports, situation, 'wait') : undefined;
  }
  const { generation } = next.route;
  const stepped = withStep(looked, { step, generation, nextSeconds }, now.at);
  const { ok } = await ports.rollouts.step(
    record,
    stepped,
    { route: next.route, seen: route, ...(block && { despite: block }) },
    now,
  );
  return ok ? { outcome: 'wait', seconds: nextSeconds } : undefined;
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  const metrics = env('METRICS_TABLE');
  return lookAtRollout({
    rollouts: new Rollouts(table),
    routes: new Routes(table),
    blocks: new PromotionBlocks(table),
    counters: { traffic: new TrafficCounters(metrics), outcomes: new Outcomes(metrics) },
  });
});
