import * as z from 'zod/mini';
import { type Activation, Activations } from '#aws/activation.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { Policies } from '#aws/policies.ts';
import { PromotionBlocks } from '#aws/promotion-blocks.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Routes } from '#aws/routes.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { blockText } from '#domain/rollout/next-move.ts';
import { activate, firstRoute } from '#domain/serving/routing/promote.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { Moment, Transition } from '#domain/serving/routing/transition.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { blockedBy, holdoutToPin, layersInForce, POLICY_CHANGED } from './approved-terms.ts';

const Input = z.strictObject({ release: ReleaseRef });

/** What a Choice routes on; a blocked version stays in STAGING. */
type Activated =
  | { readonly outcome: 'activated'; readonly predecessor: string | null }
  | { readonly outcome: 'blocked'; readonly reason: string };

interface Ports {
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly routes: Pick<Routes, 'of'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly blocks: Pick<PromotionBlocks, 'of'>;
  readonly activations: Pick<Activations, 'activate'>;
}

/** Other activations of the same model that may come between reading and writing. */
const TURNS = 5;

/** Gives a version all traffic, in one transaction that checks everything people agreed to. */
export const activateVersion =
  (ports: Ports) =>
  async ({ release }: z.infer<typeof Input>): Promise<Activated> => {
    for (let turn = 0; turn < TURNS; turn++) {
      const now = act('activate-version');
      const at = { ms: Date.parse(now.at), iso: now.at };
      const activation = await prepare(ports, release, at);
      if ('outcome' in activation) return activation;
      const written = await ports.activations.activate(activation, now);
      if (written.ok) {
        return { outcome: 'activated', predecessor: activation.predecessor?.version ?? null };
      }
      const reason = blockedBy(written.failed);
      if (reason !== undefined) return { outcome: 'blocked', reason };
    }
    throw new Error(`the route of ${release.model} changed ${TURNS} times while activating; retry`);
  };

async function prepare(
  { evidence, registry, routes, policies, blocks }: Ports,
  release: ReleaseRef,
  at: Moment,
): Promise<Activation | Activated> {
  const { tenant, model, policyHash } = release;
  const version = await registry.version(release);
  const route = await routes.of(release);
  const { stable } = route ?? {};
  if (!version?.approval || version.state !== 'STAGING') {
    return version?.state === 'PRODUCTION' && stable?.digest === version.digest
      ? { outcome: 'activated', predecessor: null }
      : {
          outcome: 'blocked',
          reason: `it is ${version?.state ?? 'unknown'} with ${version?.approval ? 'an' : 'no'} approval, expected STAGING with one`,
        };
  }
  if (!version.admission) return { outcome: 'blocked', reason: 'it has no admission' };
  const block = await blocks.of(release, stable?.digest);
  if (block) {
    return {
      outcome: 'blocked',
      reason: `${blockText(block)}; wait until "assay monitor status ${model}" says otherwise, or try it by "assay rollout start ${model}@${version.version}", where a person may let it go on`,
    };
  }
  const layers = await layersInForce(policies, release);
  if (!layers) return { outcome: 'blocked', reason: POLICY_CHANGED };
  const next = routeTo(version, route, at);
  if (!next.ok) return { outcome: 'blocked', reason: next.refusal.message };
  return {
    version,
    route: next.route,
    seen: route,
    predecessor: stable && (await current(registry, { tenant, model, version: stable.version })),
    approval: version.approval,
    policyHash,
    layers,
    pin: await holdoutToPin(evidence, release, layers),
  };
}

function routeTo(
  { tenant, model, version, digest, backend }: VersionRecord,
  route: RouteDocument | undefined,
  at: Moment,
): Transition {
  const target = { version, digest, ...(backend && { backend }) };
  return route
    ? activate(route, { seen: route, target }, at)
    : { ok: true, route: firstRoute({ tenant, model }, target, at) };
}

async function current(
  registry: Ports['registry'],
  subject: { tenant: string; model: string; version: string },
): Promise<VersionRecord> {
  const record = await registry.version(subject);
  if (!record)
    throw new Error(`the route names ${subject.model}@${subject.version}, which is missing`);
  return record;
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return activateVersion({
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    registry: new ModelRegistry(table),
    routes: new Routes(table),
    policies: new Policies(table),
    blocks: new PromotionBlocks(table),
    activations: new Activations(table),
  });
});
