import * as z from 'zod/mini';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { ReleaseClaims } from '#aws/release-claims.ts';
import { VersionChanges } from '#aws/version-changes.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { Claim, ClaimedObject } from './claim.ts';

/** The execution's whole state: a fault may come before any of its parts is there. */
const Input = z.object({
  state: z.object({
    upload: z.object({ output: z.object({ object: ClaimedObject, claim: Claim }) }),
    registration: z.nullish(z.object({ release: ReleaseRef })),
    fault: z.object({ Error: z.nullish(z.string()), Cause: z.nullish(z.string()) }),
  }),
});

interface Ports {
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly claims: Pick<ReleaseClaims, 'get' | 'settle'>;
  readonly changes: Pick<VersionChanges, 'transition'>;
}

const SHOWN_CHARACTERS = 1000;

/**
 * Records that a release broke off. A version that was not judged to the end is FAILED; one in
 * STAGING keeps its stage and its votes, since a fault of ours says nothing about it.
 */
export const failRelease =
  ({ registry, claims, changes }: Ports) =>
  async ({ state }: z.infer<typeof Input>): Promise<{ readonly stage: string }> => {
    const { upload, registration, fault } = state;
    const cause = `${fault.Error ?? 'fault'}: ${(fault.Cause ?? 'no cause given').slice(0, SHOWN_CHARACTERS)}`;
    const { object, claim } = upload.output;
    const release = registration?.release ?? (await registered(claims, object, claim));
    const now = act('fail-release');
    if (!release) {
      const problem = {
        field: 'release',
        got: cause,
        expected: 'a release without a fault',
        remedy: 'upload manifest.json again; if it faults again, see docs/runbook.md',
      };
      await claims.settle(object, claim, { outcome: 'FAULTED', problems: [problem] }, now);
      return { stage: 'UNREGISTERED' };
    }
    const failure = `the release broke off: ${cause}`;
    await changes.transition(
      {
        subject: release,
        digest: release.digest,
        from: 'VALIDATION',
        to: 'FAILED',
        reason: failure,
        fields: { failure },
      },
      now,
    );
    return { stage: (await registry.version(release))?.state ?? 'UNREGISTERED' };
  };

/** A version that was written by a task whose answer got lost is known by its claim alone. */
async function registered(
  claims: Ports['claims'],
  object: ClaimedObject,
  { tenant, model }: Claim,
): Promise<Failing | undefined> {
  const held = await claims.get(tenant, object);
  return held?.outcome === 'REGISTERED'
    ? { tenant, model, version: held.version, digest: held.digest }
    : undefined;
}

type Failing = Pick<ReleaseRef, 'tenant' | 'model' | 'version' | 'digest'>;

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return failRelease({
    registry: new ModelRegistry(table),
    claims: new ReleaseClaims(table),
    changes: new VersionChanges(table),
  });
});
