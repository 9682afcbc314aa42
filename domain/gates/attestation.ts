import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { subjectPath } from '#domain/registry/subject.ts';
import type { Statement } from '#domain/signing/statement.ts';
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
