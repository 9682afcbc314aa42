import { v7 as uuid } from 'uuid';
import * as z from 'zod/mini';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Routes } from '#aws/routes.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { policyOf } from './policy-of.ts';

const Input = z.strictObject({ release: ReleaseRef });

/** What a Choice routes on. */
type Planned =
  | { readonly outcome: 'direct' }
  | { readonly outcome: 'trial'; readonly rollout: RolloutRef }
  | { readonly outcome: 'blocked'; readonly reason: string };

interface Ports {
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly routes: Pick<Routes, 'of'>;
}

/** Says how an admitted version comes to traffic: by a trial, where there is something to beat. */
export const planRollout =
  ({ evidence, registry, routes }: Ports) =>
  async ({ release }: z.infer<typeof Input>): Promise<Planned> => {
    const { tenant, model, version, digest } = release;
    const state = (await registry.version(release))?.state;
    if (state !== 'STAGING' && state !== 'PRODUCTION') {
      return { outcome: 'blocked', reason: `it is ${state ?? 'unknown'}, expected STAGING` };
    }
    const route = await routes.of(release);
    if (!route || state === 'PRODUCTION') return { outcome: 'direct' };
    const { rollout } = await policyOf(evidence, release);
    return rollout.trial
      ? { outcome: 'trial', rollout: { id: uuid(), tenant, model, version, digest } }
      : { outcome: 'direct' };
  };

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return planRollout({
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    registry: new ModelRegistry(table),
    routes: new Routes(table),
  });
});
