import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { type Check, type Json, VERDICTS, type Verdict, worst } from './verdict.ts';

/** What a gate found, before it is stored. */
export interface Judgement {
  readonly checks: readonly Check[];
  /** Measurements and hashes that the checks rest on. */
  readonly evidence?: { readonly [name: string]: Json };
  /** Labels that are always told apart in what comes true of the version. */
  readonly labels?: readonly string[];
}

/** `assay.gate-result/v1`: the full result, kept in the evidence bucket, written once. */
export interface GateReport extends Subject {
  readonly schema: 'assay.gate-result/v1';
  readonly gate: string;
  readonly digest: Digest;
  readonly policyHash: Digest;
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
  readonly evidence: { readonly [name: string]: Json };
  readonly startedAt: string;
  readonly durationMs: number;
}

export type Counts = Readonly<Record<Verdict, number>>;

/** The registry's item of one gate's verdict, and what the gate returns: at most 4 KB. */
export interface GateSummary {
  readonly gate: string;
  readonly verdict: Verdict;
  readonly counts: Counts;
  readonly result: EvidencePointer;
}

export const countVerdicts = (checks: readonly Check[]): Counts =>
  Object.fromEntries(
    VERDICTS.map((verdict) => [
      verdict,
      checks.filter((check) => check.verdict === verdict).length,
    ]),
  ) as Record<Verdict, number>;

export const verdictOf = (checks: readonly Check[]): Verdict =>
  worst(checks.map(({ verdict }) => verdict));

export interface Conclusion {
  readonly verdict: Verdict;
  readonly gates: Readonly<Record<string, Verdict>>;
  /** What keeps the version from passing: `security: fail`, `load: no result`. */
  readonly against: readonly string[];
}

/**
 * The verdict of a release: every required gate must have a result on this digest under this
 * policy, and each result its signed attestation. What is missing is inconclusive, however good
 * the others are. A gate that is not required may have nothing to say, but what it fails, fails.
 */
export function concludeGates(
  required: readonly string[],
  results: readonly (Pick<GateSummary, 'gate' | 'verdict'> & {
    readonly digest: Digest;
    readonly policyHash: Digest;
    readonly attestation?: unknown;
  })[],
  digest: Digest,
  policyHash: Digest,
): Conclusion {
  const current = results.filter((r) => r.digest === digest && r.policyHash === policyHash);
  const judged = (gate: string): Verdict =>
    worst(current.filter((result) => result.gate === gate).map(vouched));
  const names = new Set([...required, ...current.map(({ gate }) => gate)]);
  const gates = Object.fromEntries([...names].map((gate) => [gate, judged(gate)]));
  const deciding = Object.entries(gates).filter(
    ([gate, verdict]) => required.includes(gate) || verdict === 'fail',
  );
  const judgedAtAll = new Set(current.map(({ gate }) => gate));
  return {
    verdict: worst(deciding.map(([, verdict]) => verdict)),
    gates,
    against: deciding
      .filter(([, verdict]) => verdict !== 'pass')
      .map(([gate, verdict]) => `${gate}: ${judgedAtAll.has(gate) ? verdict : 'no result'}`),
  };
}

const vouched = (result: { readonly verdict: Verdict; readonly attestation?: unknown }): Verdict =>
  result.attestation ? result.verdict : worst([result.verdict, 'inconclusive']);

/** Hash of what every gate found: an approval is bound to it, and void when it changes. */
export const evidenceHash = (
  results: readonly Pick<GateSummary, 'gate' | 'verdict' | 'result'>[],
): Digest =>
  hashOf(
    results
      .map(({ gate, verdict, result }) => ({ gate, verdict, sha256: result.sha256 }))
      .sort((a, b) => (a.gate < b.gate ? -1 : 1)),
  );
