import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { GateRecord } from '#aws/gate-results.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import { admissionKey } from '#domain/registry/evidence-key.ts';
import type { ReleaseRef } from '#domain/registry/release-ref.ts';
import {
  type AdmissionScope,
  admissionStatement,
  judgeAdmission,
} from '#domain/signing/admission.ts';
import { envelopeText } from '#domain/signing/dsse.ts';
import { type Signer, signStatement } from '#domain/signing/signer.ts';
import { DSSE_ENVELOPE, keepSigned } from './keep-signed.ts';

export interface AdmissionPorts {
  readonly evidence: Pick<EvidenceBucket, 'name' | 'put' | 'read'>;
  readonly signer: Signer;
}

interface Leave {
  readonly release: ReleaseRef;
  readonly scope: AdmissionScope;
  /** ISO 8601, UTC. */
  readonly timeVerified: string;
  /** Results that it rests on; each must have its attestation. */
  readonly results: readonly GateRecord[];
}

/** Signs the leave to load a version within a scope, and stores it. */
export async function keepAdmission(
  { evidence, signer }: AdmissionPorts,
  { release, scope, timeVerified, results }: Leave,
): Promise<EvidencePointer> {
  const { tenant, model, version, digest, policyHash } = release;
  const subject = { tenant, model, version };
  const expected = { subject, digest, policyHash, scope };
  const statement = admissionStatement({
    ...expected,
    timeVerified,
    evidence: results.map(({ gate, attestation }) => {
      if (!attestation) throw new Error(`the result of gate ${gate} has no attestation`);
      const uri = `s3://${evidence.name}/${attestation.key}`;
      return { uri, digest: parseDigest(attestation.sha256) };
    }),
  });
  const key = await signer.publicKey();
  return keepSigned(evidence, {
    what: 'admission',
    key: admissionKey(subject, digest, scope, policyHash),
    text: envelopeText(await signStatement(statement, signer)),
    contentType: DSSE_ENVELOPE,
    problemOf: (stored) => {
      const verdict = judgeAdmission(stored, key, expected);
      return verdict.outcome === 'admitted'
        ? undefined
        : `is ${verdict.outcome}: ${verdict.reason}`;
    },
  });
}
