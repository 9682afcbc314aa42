import * as z from 'zod/mini';
import type { Digest } from '#domain/registry/digest.ts';
import { type Subject, subjectPath } from '#domain/registry/subject.ts';
import { openEnvelope } from './dsse.ts';
import { conform } from './parsed.ts';
import type { PublicKey } from './public-key.ts';
import { Sha256, type Statement } from './statement.ts';

/** SLSA Verification Summary Attestation, https://slsa.dev/spec/v1.0/verification_summary */
const VSA_PREDICATE = 'https://slsa.dev/verification_summary/v1';
const VERIFIER = 'assay:admission/v1';

/** STAGING lets the staging function alone load a version, ADMITTED is given after quorum. */
export type AdmissionScope = 'STAGING' | 'ADMITTED';

/** Leave to load one version, given under one policy. */
export interface Admission {
  readonly subject: Subject;
  readonly digest: Digest;
  readonly policyHash: Digest;
  readonly scope: AdmissionScope;
  /** ISO 8601, UTC. */
  readonly timeVerified: string;
  /** The gate results it rests on, and where they lie. */
  readonly evidence: readonly { readonly uri: string; readonly digest: Digest }[];
}

/** What the loader is about to load. Without `policyHash`, any policy will do. */
export interface ExpectedAdmission {
  readonly subject: Subject;
  readonly digest: Digest;
  readonly scope: AdmissionScope;
  readonly policyHash?: Digest;
}

/** `mismatch` is a genuine admission of something else than what was expected. */
export type AdmissionVerdict =
  | { readonly outcome: 'admitted'; readonly timeVerified: string; readonly policyHash: Digest }
  | { readonly outcome: 'invalid' | 'mismatch'; readonly reason: string };

/** Custom levels may have any name that does not start with SLSA_. */
const LEVELS = { STAGING: 'ASSAY_STAGING', ADMITTED: 'ASSAY_ADMITTED' } as const;

const Predicate = z.object({
  verifier: z.object({ id: z.literal(VERIFIER) }),
  timeVerified: z.iso.datetime(),
  resourceUri: z.string(),
  policy: z.object({ uri: z.string(), digest: z.object({ sha256: Sha256 }) }),
  verificationResult: z.literal('PASSED'),
  verifiedLevels: z.array(z.string()).check(z.length(1)),
});

export const admissionStatement = (admission: Admission): Statement => ({
  name: subjectPath(admission.subject),
  digest: admission.digest,
  predicateType: VSA_PREDICATE,
  predicate: {
    verifier: { id: VERIFIER },
    timeVerified: admission.timeVerified,
    resourceUri: resourceUri(admission.subject),
    policy: { uri: policyUri(admission.subject), digest: { sha256: admission.policyHash } },
    inputAttestations: admission.evidence.map(({ uri, digest }) => ({
      uri,
      digest: { sha256: digest },
    })),
    verificationResult: 'PASSED',
    verifiedLevels: [LEVELS[admission.scope]],
    slsaVersion: '1.0',
  },
});

/** Whether an envelope, as text, is this key's admission of what is about to be loaded. */
export function judgeAdmission(
  text: string,
  key: PublicKey,
  expected: ExpectedAdmission,
): AdmissionVerdict {
  const statement = openEnvelope(text, key);
  if (!statement.ok) return { outcome: 'invalid', reason: statement.reason };
  if (statement.value.predicateType !== VSA_PREDICATE) {
    const { predicateType } = statement.value;
    return {
      outcome: 'invalid',
      reason: `predicateType: got ${predicateType}, expected ${VSA_PREDICATE}`,
    };
  }
  const predicate = conform(Predicate, statement.value.predicate, 'admission');
  if (!predicate.ok) return { outcome: 'invalid', reason: predicate.reason };
  const { policy, resourceUri: uri, timeVerified, verifiedLevels } = predicate.value;
  const policyHash = policy.digest.sha256;

  const mismatch =
    differ('digest', statement.value.digest, expected.digest) ??
    differ('resourceUri', uri, resourceUri(expected.subject)) ??
    differ('verifiedLevels', verifiedLevels[0], LEVELS[expected.scope]) ??
    differ('policy', policyHash, expected.policyHash ?? policyHash);
  if (mismatch) return { outcome: 'mismatch', reason: mismatch };
  return { outcome: 'admitted', timeVerified, policyHash };
}

const resourceUri = ({ tenant, model, version }: Subject): string =>
  `assay:${tenant}/${model}@${version}`;
const policyUri = ({ tenant, model }: Subject): string => `assay:${tenant}/${model}/policy`;
const differ = (field: string, got: string | undefined, expected: string): string | undefined =>
  got === expected ? undefined : `admission: ${field}: got ${got}, expected ${expected}`;
