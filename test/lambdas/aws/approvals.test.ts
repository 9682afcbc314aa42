import { GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Approvals } from '#aws/approvals.ts';
import {
  APPROVAL_STATUSES,
  type Approval,
  isQuorate,
  refusalOf,
  type Vote,
} from '#domain/access/approval.ts';
import { ROLES } from '#domain/access/person.ts';
import { approvalOf, digestA, digestB } from '../../support/sample-release.ts';
import {
  act,
  dynamo,
  holds,
  lastWrites,
  type SentWrite,
  staticFaults,
  table,
  writeTo,
} from '../../support/transactions.ts';

const approvals = () => new Approvals(table());
const approval = approvalOf();
const key = 'T#acme#AP#approval-1 REQ';
const vote: Vote = {
  person: 'mia',
  roles: ['ml_engineer'],
  decision: 'approve',
  digest: approval.digest,
  policyHash: approval.policyHash,
};

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});
afterEach(() => {
  if (dynamo.commandCalls(TransactWriteCommand).length > 0) expect(staticFaults()).toEqual([]);
});

describe('open', () => {
  it('creates an approval on a version in STAGING, with the token of whoever waits', async () => {
    await approvals().open(approval, 'token', act);
    expect(writeTo(key)).toMatchObject({
      kind: 'Put',
      condition: 'attribute_not_exists(PK)',
      item: { ...approval, taskToken: 'token', G2PK: 'T#acme#APPROVAL#OPEN' },
    });
    expect(writeTo('T#acme#M#iris V#000001.000000.000000~')).toMatchObject({
      condition: '#state = :staging AND digest = :d',
      values: { ':staging': 'STAGING', ':d': approval.digest, ':approval': 'approval-1' },
    });
    expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({ type: 'approval.requested' });
  });
});

describe('await', () => {
  it('replaces the token of an open approval and keeps its votes', async () => {
    await approvals().await(approval, 'token-2', act);
    expect(writeTo(key)).toMatchObject({
      update: 'SET #taskToken = :taskToken',
      condition: '#status = :status',
      values: { ':status': 'OPEN', ':taskToken': 'token-2' },
    });
  });

  it('gives one that has closed to the sweeper, which wakes the new token', async () => {
    await approvals().await({ ...approval, status: 'APPROVED' }, 'token-2', act);
    expect(writeTo(key)).toMatchObject({
      condition: '#status = :status',
      values: { ':status': 'APPROVED', ':taskToken': 'token-2', ':G2PK': 'APPROVAL#UNWOKEN' },
    });
  });
});

describe('approve', () => {
  it('counts a vote under conditions that name all a voter was shown', async () => {
    await approvals().approve(approval, vote, 1000, act);
    expect(writeTo(key)).toMatchObject({
      update: 'SET approvers = list_append(approvers, :me)',
      condition:
        '#status = :open AND digest = :digest AND policyHash = :policy AND expiresAt > :now AND NOT contains(excluded, :person) AND NOT contains(approvers, :person)',
      values: {
        ':open': 'OPEN',
        ':digest': approval.digest,
        ':policy': approval.policyHash,
        ':now': 1000,
        ':person': 'mia',
        ':me': ['mia'],
      },
    });
  });

  it('keeps the vote once for each person', async () => {
    await approvals().approve(approval, { ...vote, comment: 'fine' }, 1000, act);
    expect(writeTo('T#acme#AP#approval-1 VOTE#mia')).toMatchObject({
      condition: 'attribute_not_exists(PK)',
      item: { person: 'mia', decision: 'approve', comment: 'fine', digest: approval.digest },
    });
  });

  it('writes exactly when no reason stands against the vote, the role aside', async () => {
    await fc.assert(
      fc.asyncProperty(anyApproval, anyVote, fc.nat(4), async (held, cast, now) => {
        const refusal = refusalOf(held, cast, now);
        expect(holds(await approveWrite(held, cast, now), { ...held })).toBe(
          refusal === undefined || refusal === 'role',
        );
      }),
    );
  });
});

describe('refuse', () => {
  it('closes the approval at once and says by whom and why', async () => {
    await approvals().refuse(approval, { ...vote, decision: 'refuse', comment: 'biased' }, 7, act);
    expect(writeTo(key)).toMatchObject({
      condition:
        '#status = :open AND digest = :digest AND policyHash = :policy AND expiresAt > :now AND NOT contains(excluded, :person)',
      values: {
        ':status': 'REFUSED',
        ':closedBy': 'mia',
        ':comment': 'biased',
        ':G2PK': 'APPROVAL#UNWOKEN',
        ':now': 7,
      },
    });
    expect(writeTo('T#acme#AP#approval-1 VOTE#mia').condition).toBe('attribute_not_exists(PK)');
  });

  it('needs no comment', async () => {
    await approvals().refuse(approval, { ...vote, decision: 'refuse' }, 7, act);
    expect(writeTo(key).update).toContain('REMOVE #comment');
  });
});

describe('closing', () => {
  it('approves only an open approval that has its quorum', async () => {
    await fc.assert(
      fc.asyncProperty(anyApproval, async (held) => {
        await approvals().closeApproved(held, act);
        expect(holds(writeTo(key), { ...held })).toBe(held.status === 'OPEN' && isQuorate(held));
      }),
    );
  });

  it('expires only an open approval whose time is over', async () => {
    await fc.assert(
      fc.asyncProperty(anyApproval, fc.nat(4), async (held, now) => {
        await approvals().closeExpired(held, now, act);
        expect(holds(writeTo(key), { ...held })).toBe(
          held.status === 'OPEN' && held.expiresAt <= now,
        );
      }),
    );
  });

  it.each([
    ['APPROVED', () => approvals().closeApproved(approval, act)],
    ['EXPIRED', () => approvals().closeExpired(approval, 1, act)],
  ] as const)(
    'as %s leaves it to the sweeper until the release was woken',
    async (status, close) => {
      await close();
      expect(writeTo(key).values).toMatchObject({
        ':status': status,
        ':closedBy': 'mia',
        ':closedAt': act.at,
        ':G2PK': 'APPROVAL#UNWOKEN',
      });
      expect(writeTo('AUD#0190 ENTRY').item).toMatchObject({
        type: 'approval.closed',
        data: { approval: 'approval-1', status },
      });
    },
  );
});

describe('woken', () => {
  it('takes a closed approval from the sweeper, once and for the token that was woken', async () => {
    await approvals().woken({ ...approval, status: 'APPROVED', taskToken: 'token' }, act);
    expect(writeTo(key)).toMatchObject({
      condition: '#status = :status AND taskToken = :token AND G2PK = :unwoken',
      values: {
        ':status': 'APPROVED',
        ':token': 'token',
        ':unwoken': 'APPROVAL#UNWOKEN',
        ':G2PK': 'T#acme#APPROVAL#APPROVED',
      },
    });
  });
});

describe('reads', () => {
  it('finds approvals, votes, pages and those that nobody was woken for', async () => {
    dynamo.on(GetCommand).resolves({ Item: { id: 'approval-1' } });
    dynamo.on(QueryCommand).resolves({ Items: [{ id: 'x' }] });
    expect(await approvals().get('acme', 'approval-1')).toEqual({ id: 'approval-1' });
    expect(await approvals().votes('acme', 'approval-1')).toEqual([{ id: 'x' }]);
    await approvals().page('acme', 'OPEN', 10);
    await approvals().unwoken(5);
    const values = dynamo
      .commandCalls(QueryCommand)
      .map(({ args }) => args[0].input.ExpressionAttributeValues?.[':pk']);
    expect(values).toEqual(['T#acme#AP#approval-1', 'T#acme#APPROVAL#OPEN', 'APPROVAL#UNWOKEN']);
  });
});

const people = ['mia', 'kim', 'sam'];
const digest = fc.constantFrom(digestA, digestB);
const anyApproval: fc.Arbitrary<Approval> = fc
  .record({
    status: fc.oneof(fc.constant('OPEN' as const), fc.constantFrom(...APPROVAL_STATUSES)),
    digest,
    policyHash: digest,
    excluded: fc.subarray(people),
    approvers: fc.subarray(people),
    quorum: fc.integer({ min: 2, max: 3 }),
    expiresAt: fc.nat(4),
  })
  .map(approvalOf);
const anyVote: fc.Arbitrary<Vote> = fc.record({
  person: fc.constantFrom(...people),
  roles: fc.subarray([...ROLES]),
  decision: fc.constant('approve' as const),
  digest,
  policyHash: digest,
});

async function approveWrite(held: Approval, cast: Vote, now: number): Promise<SentWrite> {
  await approvals().approve(held, cast, now, act);
  const write = lastWrites()[0];
  if (!write) throw new Error('nothing was written');
  return write;
}
