import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { Policy } from '#domain/gates/policy.ts';
import { policyDocumentKey } from '#domain/registry/evidence-key.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';

/** The policy that a version was judged by. */
export const policyOf = async (
  evidence: Pick<EvidenceBucket, 'readJson'>,
  { tenant, policyHash }: Pick<VersionRecord, 'tenant' | 'policyHash'>,
): Promise<Policy> =>
  Policy.parse(
    await evidence.readJson({ key: policyDocumentKey(tenant, policyHash), sha256: policyHash }),
  );
