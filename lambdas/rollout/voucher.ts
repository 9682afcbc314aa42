import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { PublicKeys } from '#aws/public-keys.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { env } from '../env.ts';
import type { Outcome } from '../serving/outcome.ts';
import { type VouchedVersion, vouch } from '../serving/vouched-version.ts';

/** Verifies versions as whatever serves them does, by the papers and keys of this deployment. */
export function voucher(): (version: VersionRecord) => Promise<Outcome<VouchedVersion>> {
  const kms = new PublicKeys();
  const ports = {
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    keys: {
      artifact: () => kms.of(env('ARTIFACT_KEY_ARN')),
      attestation: () => kms.of(env('ATTESTATION_KEY_ARN')),
    },
    scope: 'ADMITTED' as const,
  };
  return (version) => vouch(ports, version);
}
