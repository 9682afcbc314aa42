import type { VoteRecord, WaitingApproval } from '#aws/approvals.ts';
import type { Written } from '#aws/registry-table.ts';
import type { Act } from '#aws/version-changes.ts';
import type { Approval, ApprovalStatus, Vote } from '#domain/access/approval.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import type { VotePorts } from '../../../lambdas/access/cast-vote.ts';

export const DIGEST = parseDigest('d1'.repeat(32));
export const POLICY = parseDigest('b0'.repeat(32));
export const APPROVAL_ID = '0198c5f0-0000-7000-8000-000000000001';
export const TOKEN = 'token-that-nobody-may-see';

export const openApproval = (more: Partial<WaitingApproval> = {}): WaitingApproval => ({
  id: APPROVAL_ID,
  tenant: 'acme',
  model: 'fraud',
  version: '1.0.0',
  digest: DIGEST,
  policyHash: POLICY,
  policyRevision: 0,
  evidenceHash: parseDigest('e0'.repeat(32)),
  schemaHash: parseDigest('50'.repeat(32)),
  status: 'OPEN',
  quorum: 2,
  roles: ['ml_engineer', 'senior_engineer'],
  excluded: ['sam'],
  approvers: [],
  submitter: 'sam',
  expiresAt: 4_102_444_800,
  createdAt: '2026-01-01T00:00:00.000Z',
  taskToken: TOKEN,
  ...more,
});

/** Keeps approvals in memory under the conditions that the registry writes under. */
class FakeApprovals {
  readonly items = new Map<string, WaitingApproval>();
  readonly cast = new Map<string, VoteRecord[]>();
  readonly wokenIds: string[] = [];
  /** Outcomes of attempts to close by quorum, in order. */
  readonly closings: boolean[] = [];
  /** Runs before the next write, as another writer would. */
  meanwhile: (() => void) | undefined;

  constructor(...approvals: WaitingApproval[]) {
    for (const approval of approvals) this.set(approval);
  }

  set(approval: WaitingApproval): void {
    this.items.set(`${approval.tenant}/${approval.id}`, approval);
  }

  change(change: Partial<WaitingApproval>, tenant = 'acme', id = APPROVAL_ID): void {
    const item = this.items.get(`${tenant}/${id}`);
    if (item) this.set({ ...item, ...change });
  }

  get = async (tenant: string, id: string): Promise<WaitingApproval | undefined> =>
    this.items.get(`${tenant}/${id}`);

  votes = async (tenant: string, id: string): Promise<VoteRecord[]> =>
    this.cast.get(`${tenant}/${id}`) ?? [];

  page = async (tenant: string, status: ApprovalStatus) => ({
    items: [...this.items.values()].filter((a) => a.tenant === tenant && a.status === status),
  });

  approve = async (approval: Approval, vote: Vote, now: number, act: Act): Promise<Written> =>
    this.#vote(approval, vote, now, act, (item) =>
      item.approvers.includes(vote.person)
        ? undefined
        : { ...item, approvers: [...item.approvers, vote.person] },
    );

  refuse = async (approval: Approval, vote: Vote, now: number, act: Act): Promise<Written> =>
    this.#vote(approval, vote, now, act, (item) => ({
      ...item,
      status: 'REFUSED',
      closedBy: act.actor,
      ...(vote.comment && { comment: vote.comment }),
    }));

  closeApproved = async (approval: Approval, act: Act): Promise<Written> => {
    const item = this.items.get(`${approval.tenant}/${approval.id}`);
    const ok = item?.status === 'OPEN' && item.approvers.length >= item.quorum;
    if (item && ok) this.set({ ...item, status: 'APPROVED', closedBy: act.actor });
    this.closings.push(ok);
    return ok ? { ok } : { ok, failed: ['approval'] };
  };

  woken = async ({ id }: Approval): Promise<void> => {
    this.wokenIds.push(id);
  };

  #vote(
    { tenant, id }: Approval,
    vote: Vote,
    now: number,
    act: Act,
    change: (item: WaitingApproval) => WaitingApproval | undefined,
  ): Written {
    this.meanwhile?.();
    this.meanwhile = undefined;
    const item = this.items.get(`${tenant}/${id}`);
    const cast = this.cast.get(`${tenant}/${id}`) ?? [];
    const holds =
      item?.status === 'OPEN' &&
      item.digest === vote.digest &&
      item.policyHash === vote.policyHash &&
      item.expiresAt > now &&
      !item.excluded.includes(vote.person);
    const changed = holds ? change(item) : undefined;
    const failed = [
      ...(changed ? [] : ['approval']),
      ...(cast.some(({ person }) => person === vote.person) ? ['vote'] : []),
    ];
    if (!changed || failed.length > 0) return { ok: false, failed };
    this.set(changed);
    const { person, decision, comment } = vote;
    this.cast.set(`${tenant}/${id}`, [
      ...cast,
      { person, decision, at: act.at, ...(comment && { comment }) },
    ]);
    return { ok: true };
  }
}

/** Ports of a vote, with the tokens that were woken. */
export function votePorts(...approvals: WaitingApproval[]) {
  const fake = new FakeApprovals(...approvals);
  const awoken: string[] = [];
  const wake: VotePorts['tokens']['wake'] = async (token) => {
    awoken.push(token);
    return awoken.length === 1 ? 'woken' : 'nobody-waits';
  };
  return { approvals: fake, tokens: { wake }, awoken };
}
