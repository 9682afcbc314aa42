import type { Approval, ApprovalStatus, Vote } from '#domain/access/approval.ts';
import { type AuditEntry, aboutVersion } from '#domain/audit/entry.ts';
import { approvalKey, typeIndexKey, versionKey, voteKey } from '#domain/registry/keys.ts';
import type { Page, RegistryTable, Written } from './registry-table.ts';
import type { Act } from './version-changes.ts';
import { type Item, put, update } from './writes.ts';

/** The registry's item of a vote. */
export interface VoteRecord {
  readonly person: string;
  readonly decision: 'approve' | 'refuse';
  readonly comment?: string;
  readonly at: string;
}

/** An approval with the token of whoever waits for it: a wake-up, which gives no right by itself. */
export type WaitingApproval = Approval & { readonly taskToken: string };

/** Approvals whose waiting release was not woken yet; the sweeper reads this partition. */
const UNWOKEN = 'APPROVAL#UNWOKEN';

/** Opens, votes on and closes approvals: each method is one transaction. */
export class Approvals {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  get(tenant: string, id: string): Promise<WaitingApproval | undefined> {
    return this.#table.get(approvalKey(tenant, id));
  }

  votes(tenant: string, id: string): Promise<VoteRecord[]> {
    return this.#table.list(approvalKey(tenant, id).PK, 'VOTE#');
  }

  page(
    tenant: string,
    status: ApprovalStatus,
    limit: number,
    start?: Item,
  ): Promise<Page<Approval>> {
    return this.#table.page('byType', typeIndexKey(tenant, 'APPROVAL', status), limit, start);
  }

  /** Opens an approval on a version in STAGING; one that exists keeps its votes. */
  open(approval: Approval, taskToken: string, act: Act): Promise<Written> {
    const { tenant, id, digest } = approval;
    return this.#table.transact(
      entry('approval.requested', approval, act, { quorum: approval.quorum }),
      [
        put('approval', approvalKey(tenant, id), {
          ...approval,
          taskToken,
          G2PK: typeIndexKey(tenant, 'APPROVAL', 'OPEN'),
          G2SK: approval.createdAt,
        }),
        update(
          'version',
          versionKey(approval),
          { approval: id, updatedAt: act.at },
          {
            condition: '#state = :staging AND digest = :d',
            names: { '#state': 'state' },
            values: { ':staging': 'STAGING', ':d': digest },
          },
        ),
      ],
    );
  }

  /**
   * Waits under a new token, after the old one was spent without a quorum or its release broke
   * off. An approval that has closed by now is given to the sweeper, which wakes the new token.
   */
  await(approval: Approval, taskToken: string, act: Act): Promise<Written> {
    const { status } = approval;
    return this.#table.transact(entry('approval.awaited', approval, act, { status }), [
      update(
        'approval',
        approvalKey(approval.tenant, approval.id),
        { taskToken, ...(status !== 'OPEN' && { G2PK: UNWOKEN }) },
        {
          condition: '#status = :status',
          names: { '#status': 'status' },
          values: { ':status': status },
        },
      ),
    ]);
  }

  /** Counts a vote to approve, where the approval is still what the voter was shown. */
  approve(approval: Approval, vote: Vote, nowSeconds: number, act: Act): Promise<Written> {
    return this.#table.transact(entry('approval.voted', approval, act, { decision: 'approve' }), [
      {
        name: 'approval',
        action: (table) => ({
          Update: {
            TableName: table,
            Key: { ...approvalKey(approval.tenant, approval.id) },
            UpdateExpression: 'SET approvers = list_append(approvers, :me)',
            ConditionExpression: `${STILL_OPEN} AND NOT contains(approvers, :person)`,
            ExpressionAttributeNames: { '#status': 'status' },
            ExpressionAttributeValues: { ...stillOpen(vote, nowSeconds), ':me': [vote.person] },
          },
        }),
      },
      voteWrite(approval, vote, act),
    ]);
  }

  /** Closes an approval by one refusal. */
  refuse(approval: Approval, vote: Vote, nowSeconds: number, act: Act): Promise<Written> {
    return this.#table.transact(entry('approval.closed', approval, act, { status: 'REFUSED' }), [
      update(
        'approval',
        approvalKey(approval.tenant, approval.id),
        { ...closing('REFUSED', act), comment: vote.comment },
        { condition: STILL_OPEN, names: {}, values: stillOpen(vote, nowSeconds) },
      ),
      voteWrite(approval, vote, act),
    ]);
  }

  /** Closes an approval that has its quorum. Only the write that sees enough approvers does. */
  closeApproved(approval: Approval, act: Act): Promise<Written> {
    return this.#close(approval, 'APPROVED', 'size(approvers) >= #quorum', {}, act);
  }

  closeExpired(approval: Approval, nowSeconds: number, act: Act): Promise<Written> {
    return this.#close(approval, 'EXPIRED', 'expiresAt <= :now', { ':now': nowSeconds }, act);
  }

  /**
   * Notes that whoever waits under this token was told, so that the sweeper leaves the approval
   * alone. Somebody who came to wait meanwhile, under another token, is still to be told.
   */
  async woken(approval: WaitingApproval, act: Act): Promise<void> {
    await this.#table.transact(
      entry('approval.woken', approval, act, { status: approval.status }),
      [
        update(
          'approval',
          approvalKey(approval.tenant, approval.id),
          { G2PK: typeIndexKey(approval.tenant, 'APPROVAL', approval.status) },
          {
            condition: '#status = :status AND taskToken = :token AND G2PK = :unwoken',
            names: { '#status': 'status' },
            values: {
              ':status': approval.status,
              ':token': approval.taskToken,
              ':unwoken': UNWOKEN,
            },
          },
        ),
      ],
    );
  }

  unwoken(limit: number, start?: Item): Promise<Page<WaitingApproval>> {
    return this.#table.page('byType', UNWOKEN, limit, start);
  }

  #close(
    approval: Approval,
    status: ApprovalStatus,
    condition: string,
    values: Item,
    act: Act,
  ): Promise<Written> {
    return this.#table.transact(entry('approval.closed', approval, act, { status }), [
      update('approval', approvalKey(approval.tenant, approval.id), closing(status, act), {
        condition: `#status = :open AND ${condition}`,
        names: status === 'APPROVED' ? { '#quorum': 'quorum' } : {},
        values: { ':open': 'OPEN', ...values },
      }),
    ]);
  }
}

/**
 * Voids an approval of a version that was rolled back, where it has the status that was read: it
 * comes back by other votes alone. Whoever still waits for it is woken.
 */
export const voidWrite = (approval: Approval, act: Act) => {
  const { tenant, id, status } = approval;
  const closed = status === 'OPEN' ? UNWOKEN : typeIndexKey(tenant, 'APPROVAL', 'VOID');
  return update(
    'approval',
    approvalKey(tenant, id),
    { status: 'VOID', voidedBy: act.actor, voidedAt: act.at, G2PK: closed },
    { condition: '#status = :seen', names: {}, values: { ':seen': status } },
  );
};

const STILL_OPEN =
  '#status = :open AND digest = :digest AND policyHash = :policy AND expiresAt > :now AND NOT contains(excluded, :person)';

const stillOpen = (vote: Vote, nowSeconds: number): Item => ({
  ':open': 'OPEN',
  ':digest': vote.digest,
  ':policy': vote.policyHash,
  ':now': nowSeconds,
  ':person': vote.person,
});

const closing = (status: ApprovalStatus, act: Act): Item => ({
  status,
  closedBy: act.actor,
  closedAt: act.at,
  G2PK: UNWOKEN,
});

const voteWrite = (approval: Approval, vote: Vote, act: Act) =>
  put('vote', voteKey(approval.tenant, approval.id, vote.person), {
    person: vote.person,
    decision: vote.decision,
    comment: vote.comment,
    digest: vote.digest,
    policyHash: vote.policyHash,
    at: act.at,
  });

const entry = (
  type: AuditEntry['type'],
  approval: Approval,
  act: Act,
  data: AuditEntry['data'],
): AuditEntry => ({
  ...act,
  type,
  ...aboutVersion(approval),
  data: {
    approval: approval.id,
    digest: approval.digest,
    policyHash: approval.policyHash,
    ...data,
  },
});
