import { describe, expect, it } from 'vitest';
import type { Vote } from '#domain/access/approval.ts';
import { type Cast, castVote, type VotePorts } from '../../../lambdas/access/cast-vote.ts';
import { APPROVAL_ID, DIGEST, openApproval, POLICY, TOKEN, votePorts } from './fake-approvals.ts';

const by = (person: string, more: Partial<Vote> = {}): Vote => ({
  person,
  roles: ['ml_engineer'],
  decision: 'approve',
  digest: DIGEST,
  policyHash: POLICY,
  ...more,
});
const refusing = { decision: 'refuse', comment: 'drifts on weekends' } as const;
const cast = (ports: VotePorts, vote: Vote, tenant = 'acme'): Promise<Cast> =>
  castVote(ports)({ tenant, approval: APPROVAL_ID, vote });

const refused = async (answer: Promise<Cast>) => {
  const got = await answer;
  return got.outcome === 'refused' ? got.refusal : got;
};

describe('a vote that counts', () => {
  it('leaves the approval open, and everybody asleep, until the quorum', async () => {
    const ports = votePorts(openApproval());
    await expect(cast(ports, by('ana'))).resolves.toEqual({
      outcome: 'counted',
      status: 'OPEN',
      approvals: 1,
      quorum: 2,
    });
    expect(ports.awoken).toEqual([]);
    expect(ports.approvals.closings).toEqual([]);
  });

  it('closes the approval at the quorum, wakes the release and notes that', async () => {
    const ports = votePorts(openApproval({ approvers: ['ana'] }));
    await expect(cast(ports, by('ben'))).resolves.toEqual({
      outcome: 'counted',
      status: 'APPROVED',
      approvals: 2,
      quorum: 2,
    });
    expect(ports.awoken).toEqual([TOKEN]);
    expect(ports.approvals.wokenIds).toEqual([APPROVAL_ID]);
  });

  it('wakes whoever waits by the token of the closed approval, not by the one first read', async () => {
    const ports = votePorts(openApproval({ approvers: ['ana'] }));
    ports.approvals.meanwhile = () => ports.approvals.change({ taskToken: 'newer' });
    await cast(ports, by('ben'));
    expect(ports.awoken).toEqual(['newer']);
  });

  it('closes the approval by one refusal, with who refused and why', async () => {
    const ports = votePorts(openApproval({ approvers: ['ana'] }));
    await expect(cast(ports, by('ben', refusing))).resolves.toEqual({
      outcome: 'counted',
      status: 'REFUSED',
      approvals: 1,
      quorum: 2,
    });
    expect(ports.awoken).toEqual([TOKEN]);
    await expect(ports.approvals.get('acme', APPROVAL_ID)).resolves.toMatchObject({
      closedBy: 'ben',
      comment: refusing.comment,
    });
  });
});

describe('a vote that does not count', () => {
  it.each([
    ['by the submitter', 'excluded', {}, by('sam')],
    ['by somebody without an allowed role', 'role', {}, by('ana', { roles: ['analyst'] })],
    ['twice by one person', 'already-voted', { approvers: ['ana'] }, by('ana')],
    ['after expiry', 'expired', { expiresAt: 1 }, by('ana')],
    ['on another digest', 'changed', {}, by('ana', { digest: '00'.repeat(32) })],
    ['under another policy', 'changed', {}, by('ana', { policyHash: '00'.repeat(32) })],
    ['on a refused approval', 'closed', { status: 'REFUSED' }, by('ana')],
    ['on an approved one', 'closed', { status: 'APPROVED' }, by('ana', refusing)],
    ['on a void one', 'closed', { status: 'VOID' }, by('ana')],
  ] as const)('%s is refused as "%s" and changes nothing', async (_, reason, state, vote) => {
    const ports = votePorts(openApproval(state));
    const before = await ports.approvals.get('acme', APPROVAL_ID);
    await expect(refused(cast(ports, vote))).resolves.toBe(reason);
    await expect(ports.approvals.get('acme', APPROVAL_ID)).resolves.toEqual(before);
    expect(ports.awoken).toEqual([]);
  });

  it('is unknown on an approval of another tenant', async () => {
    const ports = votePorts(openApproval());
    await expect(cast(ports, by('ana'), 'rival')).resolves.toEqual({ outcome: 'unknown' });
  });
});

describe('a vote that meets another writer', () => {
  it.each([
    ['closed', { status: 'REFUSED' }],
    ['expired', { expiresAt: 1 }],
    ['changed', { policyHash: DIGEST }],
    ['excluded', { excluded: ['sam', 'ana'] }],
    ['already-voted', { approvers: ['ana'] }],
  ] as const)('is told "%s" from the approval as it is now', async (reason, change) => {
    const ports = votePorts(openApproval());
    ports.approvals.meanwhile = () => ports.approvals.change(change);
    await expect(refused(cast(ports, by('ana')))).resolves.toBe(reason);
    expect(ports.awoken).toEqual([]);
  });

  it('is told that it voted already when only its vote item says so', async () => {
    const ports = votePorts(openApproval());
    ports.approvals.cast.set(`acme/${APPROVAL_ID}`, [
      { person: 'ana', decision: 'approve', at: '2026-01-01T00:00:00.000Z' },
    ]);
    await expect(refused(cast(ports, by('ana')))).resolves.toBe('already-voted');
  });

  it('faults when nothing says why the write failed', async () => {
    const ports = votePorts(openApproval());
    const approve = async () => ({ ok: false, failed: ['outbox'] }) as const;
    const odd: VotePorts = { ...ports, approvals: { ...ports.approvals, approve } };
    await expect(cast(odd, by('ana'))).rejects.toThrow('failed on outbox, and nothing says why');
  });

  it('lets one of two closing votes close, and tells both that the approval is APPROVED', async () => {
    const ports = votePorts(openApproval());
    const answers = await Promise.all([cast(ports, by('ana')), cast(ports, by('ben'))]);
    expect(answers).toEqual([
      { outcome: 'counted', status: 'APPROVED', approvals: 2, quorum: 2 },
      { outcome: 'counted', status: 'APPROVED', approvals: 2, quorum: 2 },
    ]);
    expect(ports.approvals.closings.toSorted()).toEqual([false, true]);
    expect(ports.awoken).toContain(TOKEN);
  });

  it('keeps an approval from closing as APPROVED when a refusal came first', async () => {
    const ports = votePorts(openApproval({ approvers: ['ana'] }));
    const closeApproved = async (...args: Parameters<typeof ports.approvals.closeApproved>) => {
      ports.approvals.change({ status: 'REFUSED' });
      return ports.approvals.closeApproved(...args);
    };
    const raced: VotePorts = { ...ports, approvals: { ...ports.approvals, closeApproved } };
    await expect(cast(raced, by('ben'))).resolves.toMatchObject({ status: 'REFUSED' });
    expect(ports.awoken).toEqual([TOKEN]);
  });
});

describe('a vote that broke off', () => {
  it('is finished when the voter sends it again: the quorum closes and the release wakes', async () => {
    const ports = votePorts(openApproval({ approvers: ['ana', 'ben'] }));
    await expect(refused(cast(ports, by('ben')))).resolves.toBe('already-voted');
    await expect(ports.approvals.get('acme', APPROVAL_ID)).resolves.toMatchObject({
      status: 'APPROVED',
    });
    expect(ports.awoken).toEqual([TOKEN]);
  });

  it('stays unwoken for the sweeper when the wake-up faults', async () => {
    const ports = votePorts(openApproval({ approvers: ['ana'] }));
    const wake = () => Promise.reject(new Error('throttled'));
    await expect(cast({ ...ports, tokens: { wake } }, by('ben'))).rejects.toThrow('throttled');
    await expect(ports.approvals.get('acme', APPROVAL_ID)).resolves.toMatchObject({
      status: 'APPROVED',
    });
    expect(ports.approvals.wokenIds).toEqual([]);
  });
});
