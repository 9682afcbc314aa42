import * as z from 'zod/mini';
import { Approvals } from '#aws/approvals.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { takeoverWrites } from '#aws/rollback-writes.ts';
import { Rollbacks } from '#aws/rollbacks.ts';
import { Routes, routeWrite } from '#aws/routes.ts';
import type { Act } from '#aws/version-changes.ts';
import type { Write } from '#aws/writes.ts';
import { type RollbackRecord, RollbackRef } from '#domain/rollout/rollback-record.ts';
import { kill } from '#domain/serving/routing/kill.ts';
import { placingOf } from '#domain/serving/routing/plan-rollback.ts';
import { leaseOfStep, retreat, shareAfterStep, stepBack } from '#domain/serving/routing/retreat.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { lifeProblem, type Moment } from '#domain/serving/routing/transition.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { count } from '../metrics.ts';
import { COUNTED, type SettlePorts, standingRollback } from './settle-rollback.ts';
import { type SoundnessPorts, soundPredecessor } from './sound-predecessor.ts';
import { voucher } from './voucher.ts';

const Input = z.strictObject({ rollback: RollbackRef });

/** What a Choice routes on; `empty` is ready to be killed. */
type Receded =
  | { readonly outcome: 'again'; readonly share: number }
  | { readonly outcome: 'empty' | 'pre-empted' }
  | { readonly outcome: 'hold'; readonly reason: string };

interface Ports extends SoundnessPorts, SettlePorts {
  readonly routes: Pick<Routes, 'of'>;
  readonly approvals: Pick<Approvals, 'get'>;
  readonly rollbacks: Pick<Rollbacks, 'get' | 'quarantineOf' | 'step' | 'settle'>;
}

const TURNS = 8;

/** Takes the next part of its share from a version; the last part is left to the kill. */
export const recedeTraffic =
  (ports: Ports) =>
  async ({ rollback }: z.infer<typeof Input>): Promise<Receded> => {
    for (let turn = 0; turn < TURNS; turn++) {
      const record = await standingRollback(ports, rollback);
      if (record.status !== 'RUNNING') return ended(record);
      const now = act(record.request.actor);
      const next = await nextStep(ports, record, now);
      if (next.outcome === 'moved') continue;
      if (next.outcome === 'empty') return { outcome: 'empty' };
      if (next.outcome !== 'step') {
        if (await settle(ports, record, next, now)) return next;
        continue;
      }
      const { generation, candidate } = next.route;
      const step = { generation, share: candidate?.share ?? 0 };
      const written = await ports.rollbacks.step(record, step, next.writes, now);
      if (written.ok) return { outcome: 'again', share: step.share };
    }
    throw new Error(`the route of ${rollback.model} changed ${TURNS} times meanwhile; retry`);
  };

type Ending =
  | { readonly outcome: 'pre-empted' }
  | { readonly outcome: 'hold'; readonly reason: string };

const ended = ({ status, reason = '' }: RollbackRecord): Ending =>
  status === 'HELD' ? { outcome: 'hold', reason } : { outcome: 'pre-empted' };

type Next =
  | { readonly outcome: 'step'; readonly route: RouteDocument; readonly writes: readonly Write[] }
  | { readonly outcome: 'empty' }
  | { readonly outcome: 'moved' }
  | Ending;

async function nextStep(ports: Ports, record: RollbackRecord, now: Act): Promise<Next> {
  const { digest, request } = record;
  const at = { ms: Date.parse(now.at), iso: now.at };
  const route = await ports.routes.of(record);
  if (!route || !digest) return { outcome: 'pre-empted' };
  const seenGeneration = request.generation;
  const possible = kill(route, { digest, seenGeneration, quarantineUntil: at.ms }, at);
  if (!possible.ok) {
    const { kind, message: reason } = possible.refusal;
    return kind === 'no-rollback-target' ? { outcome: 'hold', reason } : { outcome: 'pre-empted' };
  }
  switch (placingOf(route, digest)) {
    case 'stable':
      return retreating(ports, { record, route, at }, now);
    case 'candidate':
      return receding({ record, route, at });
    default:
      return { outcome: 'empty' };
  }
}

interface Stepping {
  readonly record: RollbackRecord;
  readonly route: RouteDocument;
  readonly at: Moment;
}

function receding({ record, route, at }: Stepping): Next {
  const { candidate } = route;
  const { startShare = 0, policy } = record;
  if (!candidate || lifeProblem(route, candidate.version, candidate, at.ms)) {
    return { outcome: 'empty' };
  }
  const share = shareAfterStep(candidate.share, startShare, policy.gradualSteps);
  if (share <= 0) return { outcome: 'empty' };
  const leaseSeconds = leaseOfStep(policy.gradualStepSeconds);
  const next = stepBack(route, { seen: route, share, leaseSeconds }, at);
  if (!next.ok) return { outcome: 'empty' };
  return { outcome: 'step', route: next.route, writes: [routeWrite(next.route, route)] };
}

/** The first step of stable: the one before it takes over, and it keeps the rest for now. */
async function retreating(ports: Ports, { record, route, at }: Stepping, now: Act): Promise<Next> {
  const { policy, request } = record;
  const { digest, version: name } = route.stable;
  const share = shareAfterStep(1, 1, policy.gradualSteps);
  const leaseSeconds = leaseOfStep(policy.gradualStepSeconds);
  const next = retreat(route, { seen: route, digest, share, leaseSeconds }, at);
  // Whatever stands in the way of steps does not stand in the way of a kill.
  if (!next.ok) return { outcome: 'empty' };
  const before = await soundPredecessor(ports, route, at);
  if (before.outcome === 'moved') return before;
  if (before.outcome === 'unsound') return { outcome: 'hold', reason: before.reason };
  const { tenant, model } = route;
  const from = await ports.registry.version({ tenant, model, version: name });
  if (from?.digest !== digest) {
    throw new Error(`the route names ${model}@${name}, which is missing`);
  }
  const held = from.approval ? await ports.approvals.get(tenant, from.approval) : undefined;
  const approval = held?.status === 'APPROVED' || held?.status === 'OPEN' ? held : undefined;
  const takeover = { from, approval, to: before.version, reason: request.reason };
  return {
    outcome: 'step',
    route: next.route,
    writes: [routeWrite(next.route, route), ...takeoverWrites(takeover, now)],
  };
}

async function settle(
  { rollbacks, count: counted }: Ports,
  record: RollbackRecord,
  next: Ending,
  now: Act,
): Promise<boolean> {
  const held = next.outcome === 'hold';
  const reason = held ? next.reason : 'another rollback was quicker';
  const status = held ? 'HELD' : 'NOTHING';
  const written = await rollbacks.settle({ ...record, status, reason }, now);
  if (written.ok && held) counted(COUNTED, { RollbackHeld: 1 });
  return written.ok;
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return recedeTraffic({
    routes: new Routes(table),
    approvals: new Approvals(table),
    rollbacks: new Rollbacks(table),
    registry: new ModelRegistry(table),
    vouch: voucher(),
    count,
  });
});
