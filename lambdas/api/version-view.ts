import type { VoteRecord } from '#aws/approvals.ts';
import type { GateRecord } from '#aws/gate-results.ts';
import type { StageChange } from '#aws/model-registry.ts';
import type { Approval } from '#domain/access/approval.ts';
import type { GateReport } from '#domain/gates/gate-result.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';

/** What a list shows of a version. */
export const summaryOf = (record: VersionRecord) => ({
  model: record.model,
  version: record.version,
  ordinal: record.ordinal,
  digest: record.digest,
  state: record.state,
  submitter: record.submitter,
  createdAt: record.createdAt,
  updatedAt: record.updatedAt,
  failure: record.failure,
});

export const gateViewOf = (
  { gate, verdict, counts, attestation }: GateRecord,
  report: GateReport,
) => ({
  gate,
  verdict,
  counts,
  attested: attestation !== undefined,
  durationMs: report.durationMs,
  checks: report.checks,
});

export const ballotOf = (approval: Approval, votes: readonly VoteRecord[]) => ({
  id: approval.id,
  status: approval.status,
  quorum: approval.quorum,
  approvers: votes.filter(({ decision }) => decision === 'approve').map(voteOf),
  refusals: votes.filter(({ decision }) => decision === 'refuse').map(voteOf),
  expiresAt: isoOf(approval.expiresAt),
});

export const stageChangeOf = ({ at, from, to, actor, reason }: StageChange) => ({
  at,
  from,
  to,
  actor,
  reason,
});

export const isoOf = (epochSeconds: number): string => new Date(epochSeconds * 1000).toISOString();

const voteOf = ({ person, at, comment }: VoteRecord) => ({ person, at, comment });
