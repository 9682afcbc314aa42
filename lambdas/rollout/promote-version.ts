import * as z from 'zod/mini';
import { type Activation, Activations } from '#aws/activation.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { Policies } from '#aws/policies.ts';
import { PromotionBlocks } from '#aws/promotion-blocks.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { endingWrite, Rollouts, rolloutWrite } from '#aws/rollouts.ts';
import { Routes } from '#aws/routes.ts';
import { nextMove } from '#domain/rollout/next-move.ts';
import { endedAs } from '#domain/rollout/progress.ts';
import type { PromotionBlock, RolloutRecord } from '#domain/rollout/record.ts';
import { lookLease } from '#domain/serving/routing/look-lease.ts';
import { promote } from '#domain/serving/routing/promote.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import {
  blockedBy,
  holdoutToPin,
  layersInForce,
  POLICY_CHANGED,
} from '../registry/approved-terms.ts';
import { rolloutInput } from './rollout-input.ts';
import { type Rollback, withdrawalOf } from './withdrawal.ts';

const Input = z.strictObject(rolloutInput);

/** What a Choice routes on. A version that may not be promoted any more is withdrawn. */
export type Promoted =
  | { readonly outcome: 'promoted'; readonly predecessor: string }
  | { readonly outcome: 'again'; readonly seconds: number }
  | { readonly outcome: 'ended'; readonly reason: string }
  | ({ readonly outcome: 'blocked'; readonly reason: string } & Rollback);

interface Ports {
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly routes: Pick<Routes, 'of'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly rollouts: Pick<Rollouts, 'get'>;
  readonly blocks: Pick<PromotionBlocks, 'of'>;
  readonly activations: Pick<Activations, 'activate'>;
}

type Act = ReturnType<typeof act>;

const TURNS = 5;

/** Gives a proven version all traffic, in one transaction that also ends its rollout. */
export const promoteVersion =
  (ports: Ports) =>
  async ({ rollout, execution }: z.infer<typeof Input>): Promise<Promoted> => {
    for (let turn = 0; turn < TURNS; turn++) {
      const record = await ports.rollouts.get(rollout, rollout.id);
      const route = await ports.routes.of(rollout);
      if (!record || !route) {
        throw new Error(`rollout ${rollout.id} of ${rollout.model} lacks its record or its route`);
      }
      if (record.status === 'PROMOTED') {
        return { outcome: 'promoted', predecessor: record.baseline };
      }
      if (record.status !== 'RUNNING' || record.execution !== execution) {
        return { outcome: 'ended', reason: `it is ${record.status}, in ${record.execution}` };
      }
      const promoted = await attempt(ports, record, route);
      if (promoted) return promoted;
    }
    throw new Error(`rollout ${rollout.id} changed ${TURNS} times while it was promoted; retry`);
  };

/** Undefined where something changed meanwhile, and all is to be read again. */
async function attempt(
  ports: Ports,
  record: RolloutRecord,
  route: RouteDocument,
): Promise<Promoted | undefined> {
  const now = act('promote-version');
  const at = { ms: Date.parse(now.at), iso: now.at };
  const times = { now: at.ms, stepBegan: Date.parse(record.steps.at(-1)?.at ?? '') };
  const next = promote(route, { seen: route, digest: record.digest }, at);
  const block = await ports.blocks.of(record, route.stable.digest);
  // Somebody may have paused it, its model may be blocked, or the lease may have run out, since
  // it was looked at.
  if (!next.ok || nextMove(record, route, times, block).kind !== 'promote') {
    return { outcome: 'again', seconds: lookLease(record.policy, 0).nextSeconds };
  }
  const activation = await activationOf(ports, record, route, next.route);
  if (typeof activation === 'string') return blocked(record, route, activation, now);
  const ending = { status: 'PROMOTED', by: now.actor, reason: endReason(record, block) } as const;
  const written = await ports.activations.activate(activation, now, [
    rolloutWrite(endedAs(record, ending, now.at), record.rev),
    endingWrite(record, ending, act(now.actor), {
      predecessor: record.baseline,
      generation: next.route.generation,
      byLeave: record.last?.outcome !== 'PASS' || block !== undefined,
      ...(block && { despite: block }),
    }),
  ]);
  if (written.ok) return { outcome: 'promoted', predecessor: record.baseline };
  const reason = blockedBy(written.failed);
  return reason === undefined ? undefined : blocked(record, route, reason, now);
}

function endReason({ last }: RolloutRecord, block: PromotionBlock | undefined): string {
  if (block) return `a person let it be promoted although promotions are blocked by ${block.by}`;
  return last?.outcome === 'PASS'
    ? `look ${last.number} proved it healthy`
    : 'a person let it be promoted';
}

function blocked(
  record: RolloutRecord,
  { generation }: RouteDocument,
  reason: string,
  { id, actor }: Act,
): Promoted {
  const why = `it may not be promoted: ${reason}`;
  const withdrawal = withdrawalOf(record, { id, actor, generation, reason: why });
  return { outcome: 'blocked', reason, ...withdrawal };
}

/** All that the promotion depends on; or why it may not be, whatever is tried. */
async function activationOf(
  { evidence, registry, policies }: Ports,
  record: RolloutRecord,
  seen: RouteDocument,
  route: RouteDocument,
): Promise<Activation | string> {
  const version = await registry.version(record);
  if (version?.state !== 'STAGING' || version.approval !== record.approval) {
    return `it is ${version?.state ?? 'unknown'} with ${version?.approval ? 'another' : 'no'} approval, expected STAGING with ${record.approval}`;
  }
  const predecessor = await registry.version({ ...record, version: seen.stable.version });
  if (!predecessor) {
    throw new Error(`the route names ${record.model}@${seen.stable.version}, which is missing`);
  }
  const { approval, policyHash } = record;
  const layers = await layersInForce(policies, version);
  if (!layers) return POLICY_CHANGED;
  const pin = await holdoutToPin(evidence, version, layers);
  const { despite } = record;
  return { version, predecessor, route, seen, approval, policyHash, layers, pin, despite };
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return promoteVersion({
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    registry: new ModelRegistry(table),
    routes: new Routes(table),
    policies: new Policies(table),
    rollouts: new Rollouts(table),
    blocks: new PromotionBlocks(table),
    activations: new Activations(table),
  });
});
