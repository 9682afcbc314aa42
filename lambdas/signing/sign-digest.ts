import * as z from 'zod/mini';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { KmsSigner } from '#aws/kms-signer.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { VersionChanges } from '#aws/version-changes.ts';
import type { EvidencePointer, PinnedFile } from '#domain/registry/artifact.ts';
import { signatureKey } from '#domain/registry/evidence-key.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import { type Signer, signArtifact } from '#domain/signing/signer.ts';
import { verifyArtifact } from '#domain/signing/verify-bundle.ts';
import { act } from '../act.ts';
import { readArtifactRecord } from '../artifact-record.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { inParallel } from '../in-parallel.ts';
import { keepSigned } from './keep-signed.ts';

const Input = z.strictObject({ release: ReleaseRef });

interface Ports {
  readonly artifacts: Pick<ArtifactBucket, 'hash'>;
  readonly evidence: Pick<EvidenceBucket, 'put' | 'read' | 'readJson'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly changes: Pick<VersionChanges, 'sign'>;
  readonly signer: Signer;
}

/**
 * Signs a version's files by OMS. The digest is computed here from the pinned bytes: no caller
 * can have another one signed.
 * @throws Error when the bytes are not those that were registered.
 */
export const signDigest =
  ({ artifacts, evidence, registry, changes, signer }: Ports) =>
  async ({ release }: z.infer<typeof Input>): Promise<{ readonly signature: EvidencePointer }> => {
    const record = await readArtifactRecord(evidence, release);
    const files = await rehash(artifacts, record.files);
    const name = `${release.model}-${release.version}`;
    const { bundle, digest } = await signArtifact(name, files, signer);
    if (digest !== release.digest) {
      throw new Error(
        `${name} hashes to ${digest} now, expected ${release.digest}: it was altered`,
      );
    }
    const key = await signer.publicKey();
    const signature = await keepSigned(evidence, {
      what: `signature of ${name}`,
      key: signatureKey(release, digest),
      text: bundle,
      contentType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      problemOf: (stored) => {
        const verdict = verifyArtifact(stored, key, files);
        return verdict.outcome === 'verified'
          ? undefined
          : `is ${verdict.outcome}: ${verdict.reason}`;
      },
    });
    const written = await changes.sign(release, digest, signature, act('sign-digest'));
    if (!written.ok && (await registry.version(release))?.signature?.sha256 !== signature.sha256) {
      throw new Error(`${name} has another signature in the registry, expected ${signature.key}`);
    }
    return { signature };
  };

const rehash = (
  artifacts: Pick<ArtifactBucket, 'hash'>,
  files: readonly PinnedFile[],
): Promise<{ path: string; sha256: string }[]> =>
  inParallel(files, async (file) => ({ path: file.path, sha256: await artifacts.hash(file) }));

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return signDigest({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    registry: new ModelRegistry(table),
    changes: new VersionChanges(table),
    signer: new KmsSigner(env('ARTIFACT_KEY_ARN')),
  });
});
