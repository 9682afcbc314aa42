import { describe, expect, it } from 'vitest';
import { APPROVAL_ID, DIGEST, POLICY, TOKEN } from '../access/fake-approvals.ts';
import { ANA, claimsOf, World } from './world.ts';

const PATH = `/approvals/${APPROVAL_ID}/votes`;
const APPROVE = { decision: 'approve', digest: DIGEST, policyHash: POLICY };
const ANA_TOO = claimsOf('sub-ana-2', 'acme', 'senior_engineer');
const BEN = claimsOf('sub-ben', 'acme', 'senior_engineer');
const SAM = claimsOf('sub-sam', 'acme', 'ml_engineer');

describe('POST /approvals/{id}/votes', () => {
  it('counts votes of distinct people up to the quorum, then wakes the release', async () => {
    const world = new World();
    await expect(world.post(PATH, APPROVE, ANA)).resolves.toEqual({
      status: 200,
      body: { status: 'OPEN', approvals: 1, quorum: 2 },
    });
    const last = await world.post(PATH, APPROVE, BEN);
    expect(last.body).toEqual({ status: 'APPROVED', approvals: 2, quorum: 2 });
    expect(world.voting.awoken).toEqual([TOKEN]);
  });

  it.each([
    ['the submitter', SAM, 403, 'sam submitted or trained fraud@1.0.0'],
    ['a principal that nobody mapped', claimsOf('new', 'acme', 'ml_engineer'), 403, 'no person'],
    ['an auditor', claimsOf('sub-ben', 'acme', 'auditor'), 403, 'expected one of ml_engineer'],
  ])('refuses %s', async (_, claims, status, detail) => {
    const world = new World();
    const answer = await world.post(PATH, APPROVE, claims);
    expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } });
    expect((await world.voting.approvals.get('acme', APPROVAL_ID))?.approvers).toEqual([]);
  });

  it('asks the approval too which roles may vote', async () => {
    const world = new World();
    world.voting.approvals.change({ roles: ['senior_engineer'] });
    expect((await world.post(PATH, APPROVE, ANA)).status).toBe(403);
    expect((await world.post(PATH, APPROVE, BEN)).status).toBe(200);
  });

  it.each([
    ['twice by one principal', ANA],
    ['by two principals of one person', ANA_TOO],
  ])('counts one person once: %s', async (_, again) => {
    const world = new World();
    await world.post(PATH, APPROVE, ANA);
    const answer = await world.post(PATH, APPROVE, again);
    expect(answer).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('ana has voted on approval') },
    });
    expect((await world.voting.approvals.get('acme', APPROVAL_ID))?.approvers).toEqual(['ana']);
    expect(world.voting.awoken).toEqual([]);
  });

  it.each([
    ['after expiry', { expiresAt: 1 }, 'expired at'],
    ['after it was closed', { status: 'REFUSED' }, 'is REFUSED, expected OPEN'],
    ['on a digest that changed', { digest: POLICY }, 'read the approval again'],
    ['under a policy that changed', { policyHash: DIGEST }, 'read the approval again'],
  ] as const)('refuses a vote %s', async (_, change, detail) => {
    const world = new World();
    world.voting.approvals.change(change);
    await expect(world.post(PATH, APPROVE)).resolves.toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining(detail) },
    });
  });

  it('refuses the version by one refusal, which says why', async () => {
    const world = new World();
    const refusal = { ...APPROVE, decision: 'refuse', comment: '  drifts on weekends ' };
    await expect(world.post(PATH, refusal)).resolves.toMatchObject({
      status: 200,
      body: { status: 'REFUSED', approvals: 0 },
    });
    expect((await world.voting.approvals.get('acme', APPROVAL_ID))?.comment).toBe(
      'drifts on weekends',
    );
    expect(world.voting.awoken).toEqual([TOKEN]);
  });

  it.each([
    ['a refusal without a reason', { ...APPROVE, decision: 'refuse' }, 'comment'],
    ['a blank reason', { ...APPROVE, decision: 'refuse', comment: '  ' }, 'comment'],
    ['too long a comment', { ...APPROVE, comment: 'x'.repeat(1001) }, 'comment'],
    ['another decision', { ...APPROVE, decision: 'abstain' }, 'decision'],
    ['a vote on no digest', { ...APPROVE, digest: undefined }, 'digest'],
    ['a digest in capitals', { ...APPROVE, digest: 'AB'.repeat(32) }, 'digest'],
    ['a vote for somebody else', { ...APPROVE, person: 'ben' }, 'person'],
  ])('does not take %s', async (_, body, field) => {
    const world = new World();
    await expect(world.post(PATH, body)).resolves.toMatchObject({
      status: 400,
      body: { problems: [{ field }] },
    });
    expect(await world.voting.approvals.votes('acme', APPROVAL_ID)).toEqual([]);
  });

  it('is 404 for an approval that does not exist', async () => {
    const path = PATH.replace('0001/', '0002/');
    expect((await new World().post(path, APPROVE)).status).toBe(404);
  });
});
