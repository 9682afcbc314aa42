import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Policies, PolicyLayers } from '#aws/policies.ts';
import type { PromotionBlocks } from '#aws/promotion-blocks.ts';
import type { Beginning } from '#aws/rollouts.ts';
import type { Routes } from '#aws/routes.ts';
import type { Policy } from '#domain/gates/policy.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { shareOf } from '#domain/rollout/apply-look.ts';
import { blockText } from '#domain/rollout/next-move.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import { startRollout } from '#domain/rollout/state.ts';
import { startCandidate } from '#domain/serving/routing/candidate.ts';
import { lookLease } from '#domain/serving/routing/look-lease.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { startAtShare } from '#domain/serving/routing/start-at-share.ts';
import type { Moment, Transition } from '#domain/serving/routing/transition.ts';
import { layersInForce, POLICY_CHANGED } from '../registry/approved-terms.ts';
import { policyOf } from './policy-of.ts';

/** Where all that a rollout begins with is read. */
export interface Sources {
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly routes: Pick<Routes, 'of'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly blocks: Pick<PromotionBlocks, 'of'>;
}

/** Why no rollout begins: now, or at all. */
export type Refused =
  | { readonly outcome: 'blocked'; readonly reason: string }
  | { readonly outcome: 'busy'; readonly reason: string };

const blocked = (reason: string): Refused => ({ outcome: 'blocked', reason });

/** A rollout that may begin, by what is true now; its transaction checks that it still is. */
export async function beginningOf(
  { evidence, registry, routes, policies, blocks }: Sources,
  rollout: RolloutRef,
  execution: string,
  at: Moment,
): Promise<Beginning | Refused> {
  const version = await registry.version(rollout);
  if (version?.state !== 'STAGING' || version.digest !== rollout.digest) {
    return blocked(
      `it is ${version?.state ?? 'unknown'} with digest ${version?.digest ?? 'none'}, expected STAGING with ${rollout.digest}`,
    );
  }
  const { approval, admission } = version;
  if (!approval) return blocked('it has no approval, or that is void; ask for another');
  if (!admission) return blocked('it has no admission; upload its manifest.json again');
  const route = await routes.of(rollout);
  if (!route) return blocked('nothing serves that it could be compared with; release it instead');
  const layers = await layersInForce(policies, version);
  if (!layers) return blocked(POLICY_CHANGED);
  const policy = await policyOf(evidence, version);
  const next = started(route, version, policy, at);
  if (!next.ok) {
    const { kind, message } = next.refusal;
    return kind === 'busy' ? { outcome: 'busy', reason: message } : blocked(message);
  }
  // There is no later step in which a person could be asked whether it may have all traffic.
  const block =
    next.route.candidate?.share === 1 ? await blocks.of(rollout, route.stable.digest) : undefined;
  if (block) {
    const reason = blockText(block);
    return { outcome: 'busy', reason };
  }
  return drafted({ rollout, execution, approval, version, policy, layers }, route, next.route);
}

function started(
  route: RouteDocument,
  { version, digest, backend }: VersionRecord,
  { rollout: policy }: Policy,
  at: Moment,
): Transition {
  const start = {
    seen: route,
    target: { version, digest, ...(backend && { backend }) },
    leaseSeconds: lookLease(policy, 0).leaseSeconds,
    shadowSample: policy.shadowSample,
  };
  return policy.shadow
    ? startCandidate(route, start, at)
    : startAtShare(route, { ...start, share: shareOf(1, policy) }, at);
}

interface Terms {
  readonly rollout: RolloutRef;
  readonly execution: string;
  readonly approval: string;
  readonly version: VersionRecord;
  readonly policy: Policy;
  readonly layers: PolicyLayers;
}

function drafted(terms: Terms, seen: RouteDocument, route: RouteDocument): Beginning {
  const { rollout, execution, approval, version, policy, layers } = terms;
  const { generation, killEpoch, updatedAt: at } = route;
  const record: RolloutRecord = {
    ...rollout,
    baseline: seen.stable.version,
    execution,
    approval,
    policyHash: version.policyHash,
    policy: policy.rollout,
    rollback: policy.rollback,
    status: 'RUNNING',
    paused: false,
    epoch: killEpoch,
    steps: [{ step: policy.rollout.shadow ? 0 : 1, generation, at }],
    state: startRollout(policy.rollout),
    counted: {},
    rev: 1,
    createdAt: at,
    updatedAt: at,
  };
  return { record, route, seen, layers };
}
