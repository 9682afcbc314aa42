import type { Counts } from '#domain/gates/gate-result.ts';
import type { Check, Json, Verdict } from '#domain/gates/verdict.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';

/** `assay.reevaluation/v1`: a running version judged again by a newer snapshot, written once. */
export interface ReevaluationReport extends Subject {
  readonly schema: 'assay.reevaluation/v1';
  readonly gate: 'dependencies';
  readonly digest: Digest;
  readonly policyHash: Digest;
  /** Digest of the snapshot of advisories. */
  readonly snapshot: Digest;
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
  readonly evidence: { readonly [name: string]: Json };
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** The registry's item of a version's last re-evaluation. */
export interface Reevaluation extends Subject {
  readonly digest: Digest;
  readonly policyHash: Digest;
  readonly snapshot: Digest;
  /** Epoch seconds of the snapshot: a later one takes the place of an earlier one. */
  readonly takenAt: number;
  readonly verdict: Verdict;
  readonly counts: Counts;
  /** Whether it has, or cannot be told not to have, more vulnerabilities than its policy allows. */
  readonly vulnerable: boolean;
  readonly result: EvidencePointer;
  readonly at: string;
}

const ABOUT_VULNERABILITIES = ['dependencies.vulnerabilities', 'dependencies.vulnerability'];

/** Whether a judgement names vulnerabilities beyond the policy; unpinned packages are none. */
export const isVulnerable = (checks: readonly Check[]): boolean =>
  checks.some(({ id, verdict }) => ABOUT_VULNERABILITIES.includes(id) && verdict !== 'pass');
