import * as z from 'zod/mini';
import { Approvals } from '#aws/approvals.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { quarantineWrite, takeoverWrites, voidingWrites } from '#aws/rollback-writes.ts';
import { type Quarantine, Rollbacks } from '#aws/rollbacks.ts';
import { Rollouts, rolloutWrite } from '#aws/rollouts.ts';
import { Routes, routeWrite } from '#aws/routes.ts';
import type { Act } from '#aws/version-changes.ts';
import type { Write } from '#aws/writes.ts';
import { coolDownMs } from '#domain/gates/rollback-policy.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { endedAs } from '#domain/rollout/progress.ts';
import { type Killed, type RollbackRecord, RollbackRef } from '#domain/rollout/rollback-record.ts';
import { kill } from '#domain/serving/routing/kill.ts';
import { armsOf, placingOf } from '#domain/serving/routing/plan-rollback.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { count } from '../metrics.ts';
import {
  COUNTED,
  type Settled,
  type SettlePorts,
  settled,
  standingRollback,
} from './settle-rollback.ts';
import { type SoundnessPorts, soundPredecessor } from './sound-predecessor.ts';
import { voucher } from './voucher.ts';

const Input = z.strictObject({ rollback: RollbackRef });

/** What a Choice routes on. */
type KillOutcome =
  | { readonly outcome: 'rolled-back'; readonly to: string; readonly generation: number }
  | Settled;

interface Ports extends SoundnessPorts, SettlePorts {
  readonly routes: Pick<Routes, 'of'>;
  readonly rollouts: Pick<Rollouts, 'running'>;
  readonly approvals: Pick<Approvals, 'get'>;
  readonly rollbacks: Pick<Rollbacks, 'get' | 'quarantineOf' | 'kill' | 'settle'>;
}

/** Other changes of the route, or of a version, that may come between reading and writing. */
const TURNS = 8;

/** Processes whose route is older than this many generations have long met its hard end of life. */
const STALE_GENERATIONS = 32;

/** Takes a version out of traffic, in one transaction with everything that follows from it. */
export const killVersion =
  (ports: Ports) =>
  async ({ rollback }: z.infer<typeof Input>): Promise<KillOutcome> => {
    for (let turn = 0; turn < TURNS; turn++) {
      const record = await standingRollback(ports, rollback);
      if (record.killed) return rolledBack(record.killed);
      if (record.status !== 'RUNNING') return settled(record);
      const now = act(record.request.actor);
      const prepared = await prepare(ports, record, now);
      if (!prepared) continue;
      if ('killed' in prepared) {
        const { writes, killed } = prepared;
        const written = await ports.rollbacks.kill({ ...record, ...killed }, writes, now);
        if (written.ok) return rolledBack(killed.killed);
        continue;
      }
      const ended = { ...record, ...prepared };
      if (!(await ports.rollbacks.settle(ended, now)).ok) continue;
      if (ended.status === 'HELD') ports.count(COUNTED, { RollbackHeld: 1 });
      return settled(ended);
    }
    throw new Error(`the route of ${rollback.model} changed ${TURNS} times meanwhile; retry`);
  };

const rolledBack = ({ to, generation }: Killed): KillOutcome => ({
  outcome: 'rolled-back',
  to,
  generation,
});

type Prepared =
  | {
      readonly killed: Pick<RollbackRecord, 'status' | 'rollout'> & { readonly killed: Killed };
      readonly writes: readonly Write[];
    }
  | Pick<RollbackRecord, 'status' | 'reason'>;

/** Undefined where the route moved while it was read. */
async function prepare(
  ports: Ports,
  record: RollbackRecord,
  now: Act,
): Promise<Prepared | undefined> {
  const { request, version: name, digest, policy } = record;
  const route = await ports.routes.of(record);
  if (!route || !digest || name === undefined) {
    return { status: 'NOTHING', reason: 'there is no route, or nothing that it should lose' };
  }
  const at = { ms: Date.parse(now.at), iso: now.at };
  const held = await ports.rollbacks.quarantineOf(record.tenant, digest);
  const until = request.abort
    ? at.ms
    : at.ms + Math.round(coolDownMs(policy, (held.quarantines ?? 0) + 1));
  const seenGeneration = request.generation;
  const killed = kill(route, { digest, seenGeneration, quarantineUntil: until }, at);
  if (!killed.ok) {
    const { kind, message } = killed.refusal;
    return { status: kind === 'no-rollback-target' ? 'HELD' : 'NOTHING', reason: message };
  }
  const version = await ports.registry.version({ ...record, version: name });
  if (version?.digest !== digest) {
    throw new Error(`the route names ${record.model}@${name}, which is missing`);
  }
  const versions = await versionWrites(ports, { record, route, version }, now);
  if (!versions || 'reason' in versions) return versions;
  const rollout = await ports.rollouts.running(record);
  const ends = rollout?.digest === digest ? rollout : undefined;
  const { abort, actor: by, reason } = request;
  const ending = { status: abort ? 'ABORTED' : 'ROLLED_BACK', by, reason } as const;
  return {
    killed: {
      status: 'ROLLED_BACK',
      killed: killedAs(route, killed.route, digest, now.at),
      ...(ends && { rollout: ends.id }),
    },
    writes: [
      routeWrite(killed.route, route),
      ...versions.writes,
      ...(abort ? [] : quarantined(version, held, until)),
      ...(ends ? [rolloutWrite(endedAs(ends, ending, now.at), ends.rev)] : []),
    ],
  };
}

const quarantined = (version: VersionRecord, held: Quarantine, until: number): Write[] => [
  quarantineWrite(version, held, Math.max(held.quarantinedUntil ?? 0, until)),
];

interface Killing {
  readonly record: RollbackRecord;
  readonly route: RouteDocument;
  readonly version: VersionRecord;
}

/** What the kill does to versions: stable gives way, and nobody's approval outlives a rollback. */
async function versionWrites(
  ports: Ports,
  { record, route, version }: Killing,
  now: Act,
): Promise<
  | { readonly writes: readonly Write[] }
  | { readonly status: 'HELD'; readonly reason: string }
  | undefined
> {
  const { abort, reason } = record.request;
  if (abort) return { writes: [] };
  const { tenant, approval: id } = version;
  const held = id === undefined ? undefined : await ports.approvals.get(tenant, id);
  const approval = held?.status === 'APPROVED' || held?.status === 'OPEN' ? held : undefined;
  if (placingOf(route, version.digest) !== 'stable') {
    return { writes: voidingWrites(version, approval, now) };
  }
  const at = { ms: Date.parse(now.at), iso: now.at };
  const before = await soundPredecessor(ports, route, at);
  if (before.outcome === 'moved') return undefined;
  if (before.outcome === 'unsound') return { status: 'HELD', reason: before.reason };
  const takeover = { from: version, approval, to: before.version, reason };
  return { writes: takeoverWrites(takeover, now) };
}

function killedAs(
  route: RouteDocument,
  { generation, stable }: RouteDocument,
  digest: VersionRecord['digest'],
  at: string,
): Killed {
  const first = Math.max(1, generation - STALE_GENERATIONS);
  return {
    generation,
    at,
    to: stable.version,
    arms: armsOf(route, digest),
    generations: Array.from({ length: generation - first }, (_, i) => first + i),
    lastSince: route.updatedAt,
  };
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return killVersion({
    routes: new Routes(table),
    rollouts: new Rollouts(table),
    approvals: new Approvals(table),
    rollbacks: new Rollbacks(table),
    registry: new ModelRegistry(table),
    vouch: voucher(),
    count,
  });
});
