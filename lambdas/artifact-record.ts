import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ArtifactRecord } from '#domain/registry/artifact.ts';
import type { ReleaseRef } from '#domain/registry/release-ref.ts';

/**
 * The record that a release points to.
 * @throws Error when it is of another digest than the release.
 */
export async function readArtifactRecord(
  evidence: Pick<EvidenceBucket, 'readJson'>,
  release: Pick<ReleaseRef, 'artifact' | 'digest'>,
): Promise<ArtifactRecord> {
  const record = ArtifactRecord.parse(await evidence.readJson(release.artifact));
  if (record.digest !== release.digest) {
    throw new Error(
      `artifact record ${release.artifact.key} is of digest ${record.digest}, expected ${release.digest}`,
    );
  }
  return record;
}
