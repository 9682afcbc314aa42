import { expect } from 'vitest';
import type { Stage } from '#domain/registry/stage.ts';
import { judgeLook } from '#domain/rollout/judge-look.ts';
import { lifeOf, type Move, nextMove } from '#domain/rollout/next-move.ts';
import type { Look } from '#domain/rollout/observation.ts';
import {
  endedAs,
  stepOf,
  withLook,
  withoutQuestion,
  withQuestion,
  withStep,
} from '#domain/rollout/progress.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import { ramp, startCandidate } from '#domain/serving/routing/candidate.ts';
import { lookLease } from '#domain/serving/routing/look-lease.ts';
import { promote } from '#domain/serving/routing/promote.ts';
import { renewLease } from '#domain/serving/routing/renew-lease.ts';
import { digestNo, moment, targetNo } from '../serving/routing/sample-route.ts';
import { type Copy, numberOf, type RolloutStore } from './rollout-store.ts';
import { POLICY, sampleRollout } from './sample-rollout.ts';

/** What candidates show between two looks. */
export const SHOWN = ['health', 'harm', 'nothing', 'silence', 'a broken split'] as const;
type Shown = (typeof SHOWN)[number];

/** What the test itself remembers, to compare. */
export interface Memory {
  readonly copies: Copy[];
  /** Rollouts that have begun. */
  ids: number;
  /** Leave that people gave, by rollout and step. */
  readonly leave: Set<string>;
  /** Blocks that people were asked about when they gave leave, by rollout and since when they stand. */
  readonly despite: Set<string>;
}

/** Puts a version on trial that people approved of, as BeginRollout does. */
export function begin(store: RolloutStore, memory: Memory, n: number, seen: Copy): void {
  const digest = digestNo(n);
  const free = (store.quarantine.get(digest) ?? 0) <= store.now;
  if (store.stages.get(n) !== 'STAGING' || !store.approved.has(n) || !free) return;
  const { leaseSeconds } = lookLease(POLICY, 0);
  const at = moment(store.now);
  const started = startCandidate(
    seen.route,
    { seen: seen.route, target: targetNo(n), leaseSeconds },
    at,
  );
  if (!started.ok) return;
  const { generation, killEpoch } = started.route;
  memory.ids += 1;
  const record = sampleRollout({
    id: `01880000-0000-7000-8000-${String(memory.ids).padStart(12, '0')}`,
    version: `${n}.0.0`,
    digest,
    baseline: seen.route.stable.version,
    epoch: killEpoch,
    steps: [{ step: 0, generation, at: at.iso }],
    createdAt: at.iso,
    updatedAt: at.iso,
  });
  store.commit(seen, { route: started.route, record });
}

/** Judges what candidates have shown and does what follows, as LookAtRollout and PromoteVersion do. */
export function look(store: RolloutStore, memory: Memory, shown: Shown, seen: Copy): void {
  const { record, route, block } = seen;
  if (!record) return;
  const at = moment(store.now).iso;
  const life = lifeOf(record, route);
  if (life.kind === 'withdrawn') {
    const ending = { status: 'ABORTED', by: 'look', reason: life.reason } as const;
    store.commit(seen, { record: endedAs(record, ending, at) });
    return;
  }
  if (life.kind !== 'live') return;
  const { state, judgement } = judgeLook(record.state, lookOf(record, shown), POLICY);
  const { nextSeconds, leaseSeconds } = lookLease(POLICY, state.looksInStep);
  const { outcome, checks } = judgement;
  const looked = withLook(record, { state, counted: {}, outcome, checks, nextSeconds }, at);
  const began = record.steps.at(-1)?.at ?? at;
  const times = { now: store.now, stepBegan: Date.parse(began) };
  const move = nextMove(looked, route, times, block);
  if (move.kind === 'roll-back') {
    store.commit(seen, { record: looked });
    expect(outcome).toBe('FAIL');
    store.kill(numberOf(record.version), route.generation, false);
    return;
  }
  const goesOn = move.kind === 'ramp' || move.kind === 'promote';
  if (goesOn) {
    const next = stepOf(record) + 1;
    const leave = memory.leave.has(`${record.id}/${next}`);
    expect(outcome === 'PASS' || leave).toBe(true);
    expect(record.paused).toBe(false);
  }
  if (move.kind === 'ramp') {
    const stepped = advance(store, seen, looked, move);
    if (stepped && move.share === 1) expectFreeOrLet(store, memory, looked);
    return;
  }
  const next = withAsked(looked, move, at);
  if (!store.commit(seen, { record: next })) return;
  const renewed = renewLease(
    store.route,
    { seen: route, seconds: leaseSeconds },
    moment(store.now),
  );
  if (renewed.ok) store.route = renewed.route;
  if (move.kind === 'promote') promoteIt(store, memory);
}

function withAsked(looked: RolloutRecord, move: Move, at: string): RolloutRecord {
  if (move.kind === 'ask') return withQuestion(looked, move, at);
  return move.kind === 'take-back-question' ? withoutQuestion(looked, at) : looked;
}

/** A blocked model gives a version all traffic by the leave of a person who was asked about this block. */
function expectFreeOrLet(store: RolloutStore, memory: Memory, before: RolloutRecord): void {
  if (!store.block) return;
  store.leaveUsed += 1;
  expect(memory.despite.has(`${before.id}/${store.block.since}`)).toBe(true);
}

function advance(
  store: RolloutStore,
  seen: Copy,
  looked: RolloutRecord,
  { step: next, share }: { readonly step: number; readonly share: number },
): boolean {
  const { nextSeconds, leaseSeconds } = lookLease(POLICY, 0);
  const mode = share === 1 ? 'full' : 'canary';
  const asked = { seen: seen.route, mode, share, leaseSeconds } as const;
  const ramped = ramp(seen.route, asked, moment(store.now));
  if (!ramped.ok) throw new Error(ramped.refusal.message);
  const { generation } = ramped.route;
  const at = moment(store.now).iso;
  const record = withStep(looked, { step: next, generation, nextSeconds }, at);
  const { despite } = looked;
  return store.commit(seen, {
    ...{ route: ramped.route, record, despite },
    unlessBlocked: share === 1,
  });
}

function promoteIt(store: RolloutStore, memory: Memory): void {
  const seen = store.copy();
  const { record, route } = seen;
  if (!record) return;
  const promoted = promote(route, { seen: route, digest: record.digest }, moment(store.now));
  if (!promoted.ok || !store.approved.has(numberOf(record.version))) return;
  const ending = { status: 'PROMOTED', by: 'promote', reason: 'proven' } as const;
  const committed = store.commit(seen, {
    route: promoted.route,
    record: endedAs(record, ending, moment(store.now).iso),
    unlessBlocked: true,
    despite: record.despite,
    stages: new Map<number, Stage>([
      [numberOf(route.stable.version), 'DEPRECATED'],
      [numberOf(record.version), 'PRODUCTION'],
    ]),
  });
  if (committed) expectFreeOrLet(store, memory, record);
}

function lookOf(record: RolloutRecord, shown: Shown): Look {
  const step = stepOf(record);
  const share = step === 0 ? 0.5 : (POLICY.steps[step - 1] ?? 100) / 100;
  const units = shown === 'nothing' || shown === 'silence' ? 0 : 100_000;
  const canary = Math.round(units * share);
  const failing = shown === 'harm' ? 0.05 : 0.0005;
  const arm = (exposures: number, rate: number) => ({
    exposures,
    events: Math.round(exposures * rate),
  });
  const assigned = { canary, baseline: units - canary };
  const stratum = { canary: arm(canary, failing), baseline: arm(units - canary, 0.0005) };
  return {
    number: record.state.look + 1,
    step,
    assigned: shown === 'a broken split' ? { canary: 9_000, baseline: 1_000 } : assigned,
    observations: shown === 'silence' ? {} : { failures: { kind: 'events', strata: [stratum] } },
  };
}
