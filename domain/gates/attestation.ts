import * as z from 'zod/mini';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { type Subject, subjectPath } from '#domain/registry/subject.ts';
import { openEnvelope } from '#domain/signing/dsse.ts';
import { conform, type Parsed, refused } from '#domain/signing/parsed.ts';
import type { PublicKey } from '#domain/signing/public-key.ts';
import { Sha256, type Statement } from '#domain/signing/statement.ts';
import type { GateReport } from './gate-result.ts';
import type { Verdict } from './verdict.ts';

/** in-toto test result, https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md */
export const TEST_RESULT_PREDICATE = 'https://in-toto.io/attestation/test-result/v0.1';

/**
 * What a gate found on a digest under a policy, for the attestation key to sign. The predicate
 * knows only passed and failed, so Assay's own verdict stands beside it.
 */
export const gateStatement = (
  report: GateReport,
  result: EvidencePointer,
  bucket: string,
): Statement => ({
  name: subjectPath(report),
  digest: report.digest,
  predicateType: TEST_RESULT_PREDICATE,
  predicate: {
    result: report.verdict === 'pass' ? 'PASSED' : 'FAILED',
    configuration: [{ name: 'policy', digest: { sha256: report.policyHash } }],
    url: `s3://${bucket}/${result.key}`,
    passedTests: checksOf(report, (verdict) => verdict === 'pass'),
    failedTests: checksOf(report, (verdict) => verdict !== 'pass'),
    gate: report.gate,
    verdict: report.verdict,
    report: { digest: { sha256: result.sha256 } },
  },
});

const checksOf = ({ checks }: GateReport, wanted: (verdict: Verdict) => boolean): string[] =>
  checks.filter(({ verdict }) => wanted(verdict)).map(({ id }) => id);

/** The full result of a gate that an attestation must be of. */
interface AttestedResult {
  readonly subject: Subject;
  readonly digest: Digest;
  readonly gate: string;
  readonly sha256: string;
}

const Predicate = z.looseObject({
  gate: z.string(),
  report: z.looseObject({ digest: z.looseObject({ sha256: Sha256 }) }),
});

/** Whether an envelope, as text, is this key's statement of exactly this result. */
export function judgeAttestation(
  text: string,
  key: PublicKey,
  { subject, digest, gate, sha256 }: AttestedResult,
): Parsed<undefined> {
  const statement = openEnvelope(text, key);
  if (!statement.ok) return statement;
  const predicate = conform(Predicate, statement.value.predicate, 'predicate');
  if (!predicate.ok) return predicate;
  const got = [
    ['predicateType', statement.value.predicateType, TEST_RESULT_PREDICATE],
    ['name', statement.value.name, subjectPath(subject)],
    ['digest', statement.value.digest, digest],
    ['gate', predicate.value.gate, gate],
    ['report', predicate.value.report.digest.sha256, sha256],
  ] as const;
  const [different] = got.filter(([, is, expected]) => is !== expected);
  if (!different) return { ok: true, value: undefined };
  const [field, is, expected] = different;
  return refused(`attestation: ${field}: got ${is}, expected ${expected}`);
}
