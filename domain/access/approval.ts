import type { Digest } from '#domain/registry/digest.ts';
import type { Role } from './person.ts';

export const APPROVAL_STATUSES = ['OPEN', 'APPROVED', 'REFUSED', 'EXPIRED', 'VOID'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** A request for votes on one version, bound to exactly what the voters were shown. */
export interface Approval {
  readonly id: string;
  readonly tenant: string;
  readonly model: string;
  readonly version: string;
  readonly digest: Digest;
  readonly policyHash: Digest;
  readonly policyRevision: number;
  /** SHA-256 of the canonical list of gate results. */
  readonly evidenceHash: Digest;
  readonly schemaHash: Digest;
  readonly status: ApprovalStatus;
  readonly quorum: number;
  readonly roles: readonly Role[];
  /** Person ids that may not vote: submitter, trainer, requester. */
  readonly excluded: readonly string[];
  /** Person ids. */
  readonly approvers: readonly string[];
  readonly submitter: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  readonly createdAt: string;
  readonly closedBy?: string;
  readonly comment?: string;
}

export interface Vote {
  readonly person: string;
  readonly roles: readonly Role[];
  readonly decision: 'approve' | 'refuse';
  /** What the voter was shown. */
  readonly digest: string;
  readonly policyHash: string;
  readonly comment?: string;
}

/** Why a vote does not count, said to the voter. */
export type VoteRefusal = 'closed' | 'expired' | 'changed' | 'excluded' | 'already-voted' | 'role';

/**
 * Whether a vote counts. The registry enforces the same, all but the role, by a condition on the
 * item it writes; this says which part of that condition did not hold.
 */
export function refusalOf(
  approval: Approval,
  vote: Vote,
  nowSeconds: number,
): VoteRefusal | undefined {
  if (approval.status !== 'OPEN') return 'closed';
  if (approval.expiresAt <= nowSeconds) return 'expired';
  if (approval.digest !== vote.digest || approval.policyHash !== vote.policyHash) return 'changed';
  if (approval.excluded.includes(vote.person)) return 'excluded';
  if (approval.approvers.includes(vote.person)) return 'already-voted';
  if (!vote.roles.some((role) => approval.roles.includes(role))) return 'role';
  return undefined;
}

export function refusalText(refusal: VoteRefusal, approval: Approval, person: string): string {
  switch (refusal) {
    case 'closed':
      return `approval ${approval.id} is ${approval.status}, expected OPEN; look at the version's status`;
    case 'expired':
      return `approval ${approval.id} expired at ${approval.expiresAt} (epoch seconds); upload the manifest again to open another`;
    case 'changed':
      return `the vote names another digest or policy than approval ${approval.id}, which is on digest ${approval.digest} under policy ${approval.policyHash}; read the approval again, then vote`;
    case 'excluded':
      return `${person} submitted or trained ${approval.model}@${approval.version}, expected a vote by somebody else; ask a colleague`;
    case 'already-voted':
      return `${person} has voted on approval ${approval.id} already, expected one vote per person; ask another person`;
    case 'role':
      return `${person} has none of the roles ${approval.roles.join(', ')} that approval ${approval.id} asks for; ask somebody who has`;
  }
}

export const isQuorate = (approval: Approval): boolean =>
  approval.approvers.length >= approval.quorum;
