import * as z from 'zod/mini';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { ReleaseClaims } from '#aws/release-claims.ts';
import type { ObjectVersion } from '#domain/registry/keys.ts';
import { parseManifestKey } from '#domain/registry/upload-key.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import type { Claim } from './claim.ts';

const Input = z.object({
  bucket: z.string(),
  object: z.object({ key: z.string(), 'version-id': z.nullish(z.string()) }),
  execution: z.string(),
});

type Claimed =
  | { readonly outcome: 'claimed'; readonly object: ObjectVersion; readonly claim: Claim }
  | { readonly outcome: 'ignored' | 'duplicate'; readonly reason: string };

interface Ports {
  readonly artifacts: Pick<ArtifactBucket, 'pin'>;
  readonly claims: Pick<ReleaseClaims, 'claim'>;
}

/** Gives an uploaded manifest to one execution, however often its event is delivered. */
export const claimUpload =
  ({ artifacts, claims }: Ports) =>
  async ({ bucket, object, execution }: z.infer<typeof Input>): Promise<Claimed> => {
    const upload = parseManifestKey(object.key);
    if (!upload) {
      return {
        outcome: 'ignored',
        reason: `key ${object.key} is not uploads/<principal>/<tenant>/<model>/<upload-id>/manifest.json`,
      };
    }
    const pinned = await artifacts.pin(object.key, object['version-id'] ?? undefined);
    if (!pinned) return { outcome: 'ignored', reason: `${object.key} was deleted` };

    const version = { bucket, key: object.key, versionId: pinned.versionId };
    const now = act('claim-upload');
    const claim: Claim = { ...upload, execution, createdAt: now.at };
    return (await claims.claim(version, claim, now))
      ? { outcome: 'claimed', object: version, claim }
      : { outcome: 'duplicate', reason: `another execution has ${object.key}` };
  };

export const handler = entry(Input, () =>
  claimUpload({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    claims: new ReleaseClaims(new RegistryTable(env('REGISTRY_TABLE'))),
  }),
);
