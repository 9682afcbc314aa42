import { describe, expect, it } from 'vitest';
import {
  isQuorate,
  refusalOf,
  refusalText,
  type Vote,
  type VoteRefusal,
} from '#domain/access/approval.ts';
import { approvalOf, digestA, digestB } from '../../support/sample-release.ts';

const approval = approvalOf();
const now = approval.expiresAt - 1;
const vote: Vote = {
  person: 'mia',
  roles: ['ml_engineer'],
  decision: 'approve',
  digest: approval.digest,
  policyHash: approval.policyHash,
};

describe('refusalOf', () => {
  it('counts a vote by somebody else, in time, on what is asked', () => {
    expect(refusalOf(approval, vote, now)).toBeUndefined();
  });

  it.each([
    ['closed', { status: 'APPROVED' }, {}, 0],
    ['closed', { status: 'REFUSED' }, {}, 0],
    ['closed', { status: 'EXPIRED' }, {}, 0],
    ['closed', { status: 'VOID' }, {}, 0],
    ['expired', {}, {}, 1],
    ['changed', {}, { digest: digestB }, 0],
    ['changed', {}, { policyHash: digestA }, 0],
    ['excluded', {}, { person: 'sam' }, 0],
    ['already-voted', { approvers: ['mia'] }, {}, 0],
    ['role', {}, { roles: ['auditor', 'tenant_admin'] }, 0],
    ['role', {}, { roles: [] }, 0],
  ] as const)('says %s to %j, %j', (refusal, change, by, late) => {
    expect(refusalOf({ ...approval, ...change }, { ...vote, ...by }, now + late)).toBe(refusal);
  });
});

describe('refusalText', () => {
  it.each([
    ['closed', 'is OPEN, expected OPEN'],
    ['expired', 'upload the manifest again to open another'],
    ['changed', `which is on digest ${approval.digest}`],
    ['excluded', 'mia submitted or trained iris@1.0.0'],
    ['already-voted', 'expected one vote per person; ask another person'],
    ['role', 'none of the roles ml_engineer, senior_engineer'],
  ] satisfies [VoteRefusal, string][])('tells the voter of %s what to do', (refusal, text) => {
    expect(refusalText(refusal, approval, 'mia')).toContain(text);
  });
});

it('is quorate with as many approvers as the quorum, not with fewer', () => {
  expect(isQuorate({ ...approval, approvers: ['mia'] })).toBe(false);
  expect(isQuorate({ ...approval, approvers: ['mia', 'kim'] })).toBe(true);
});
