import { beforeEach, describe, expect, it } from 'vitest';
import type { WaitingApproval } from '#aws/approvals.ts';
import { settleApproval } from '../../../lambdas/access/settle-approval.ts';
import { MemoryApprovals } from '../../support/memory-approvals.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { approvalOf, releaseOf, subject, versionRecord } from '../../support/sample-release.ts';

const staged = versionRecord({ state: 'STAGING', approval: 'approval-1' });
const release = releaseOf(staged);

let registry: MemoryRegistry;
let approvals: MemoryApprovals;

const settle = () => settleApproval({ registry, approvals, changes: registry })({ release });
const hold = (fields: Partial<WaitingApproval>) =>
  approvals.held.set('approval-1', { ...approvalOf(), taskToken: 'token', ...fields });

beforeEach(() => {
  registry = new MemoryRegistry();
  approvals = new MemoryApprovals();
  registry.put(staged);
});

describe('settleApproval', () => {
  it.each([[[]], [['mia']]])(
    'finds a woken approval with the approvers %j still open',
    async (approvers) => {
      hold({ approvers });
      expect(await settle()).toEqual({ status: 'OPEN', approval: 'approval-1', approvers });
      expect(await registry.version(subject)).toEqual(staged);
      expect(approvals.unwokenIds.size).toBe(0);
    },
  );

  it('closes an approval with its quorum, whose last vote broke off before it did', async () => {
    hold({ approvers: ['mia', 'kim'] });
    expect(await settle()).toMatchObject({ status: 'APPROVED', approvers: ['mia', 'kim'] });
    expect(approvals.unwokenIds.size).toBe(0);
  });

  it('counts votes that came in time, though nobody looked until it was over', async () => {
    hold({ approvers: ['mia', 'kim'], expiresAt: 1 });
    expect(await settle()).toMatchObject({ status: 'APPROVED' });
  });

  it('closes an approval whose time is over without a quorum', async () => {
    hold({ approvers: ['mia'], expiresAt: 1 });
    expect(await settle()).toMatchObject({ status: 'EXPIRED' });
    expect(await registry.version(subject)).toEqual(staged);
    expect(approvals.unwokenIds.size).toBe(0);
  });

  it('tells what others closed meanwhile', async () => {
    hold({ approvers: ['mia', 'kim'] });
    approvals.closeApproved = async () => {
      approvals.close('approval-1', { status: 'REFUSED' }, { actor: 'kim' });
      return { ok: false, failed: ['approval'] };
    };
    expect(await settle()).toMatchObject({ status: 'REFUSED' });
    expect(await registry.version(subject)).toMatchObject({ state: 'FAILED' });
  });

  it.each([
    ['a comment', 'biased', 'refused by kim: biased'],
    ['no comment', undefined, 'refused by kim: no comment'],
  ])(
    'fails a version that was refused with %s, in the name of who refused',
    async (_, comment, reason) => {
      hold({ status: 'REFUSED', closedBy: 'kim', ...(comment && { comment }) });
      approvals.unwokenIds.add('approval-1');
      expect(await settle()).toMatchObject({ status: 'REFUSED' });
      expect(await registry.version(subject)).toMatchObject({ state: 'FAILED', failure: reason });
      expect(registry.transitions).toMatchObject([{ actor: 'kim', reason }]);
      expect(approvals.unwokenIds.size).toBe(0);
    },
  );

  it('changes nothing the second time', async () => {
    hold({ status: 'REFUSED', closedBy: 'kim' });
    await settle();
    const once = await registry.version(subject);
    expect(await settle()).toMatchObject({ status: 'REFUSED' });
    expect(await registry.version(subject)).toEqual(once);
  });

  it.each(['APPROVED', 'EXPIRED', 'VOID'] as const)(
    'leaves the stage of a version alone when its approval is %s',
    async (status) => {
      hold({ status });
      expect(await settle()).toMatchObject({ status });
      expect(await registry.version(subject)).toEqual(staged);
    },
  );

  it('faults when there is nothing to settle', async () => {
    await expect(settle()).rejects.toThrow('iris@1.0.0 has no approval to settle');
    registry.put({ ...staged, approval: undefined });
    await expect(settle()).rejects.toThrow('iris@1.0.0 has no approval to settle');
  });
});
