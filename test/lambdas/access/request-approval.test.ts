import { beforeEach, describe, expect, it } from 'vitest';
import { evidenceHash } from '#domain/gates/gate-result.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { policyDocumentKey } from '#domain/registry/evidence-key.ts';
import { requestApproval } from '../../../lambdas/access/request-approval.ts';
import { MemoryApprovals } from '../../support/memory-approvals.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryGateResults, MemoryRegistry } from '../../support/memory-registry.ts';
import {
  approvalOf,
  defaultPolicyHash,
  digestA,
  digestB,
  releaseOf,
  subject,
  versionRecord,
} from '../../support/sample-release.ts';

const staged = versionRecord({ state: 'STAGING' });
const release = releaseOf(staged);
const passed = {
  gate: 'schema',
  verdict: 'pass',
  counts: { pass: 1, inconclusive: 0, error: 0, fail: 0 },
  result: { key: 'k', versionId: '1', sha256: digestB },
  digest: digestA,
  policyHash: defaultPolicyHash,
  at: '2026-01-01T00:00:00.000Z',
} as const;

let evidence: MemoryEvidence;
let registry: MemoryRegistry;
let results: MemoryGateResults;
let approvals: MemoryApprovals;

const request = (taskToken = 'token') =>
  requestApproval({ evidence, registry, results, approvals })({ release, taskToken });

/** An approval that the version points to, on everything that applies now. */
async function hold(fields: Parameters<typeof approvalOf>[0]): Promise<void> {
  const held = approvalOf({ evidenceHash: evidenceHash([passed]), ...fields });
  approvals.held.set(held.id, { ...held, taskToken: 'old' });
  registry.put({ ...staged, approval: held.id });
}
const later = () => Math.floor(Date.now() / 1000) + 60;

beforeEach(async () => {
  evidence = new MemoryEvidence();
  registry = new MemoryRegistry();
  results = new MemoryGateResults();
  approvals = new MemoryApprovals();
  await evidence.putJson(policyDocumentKey('acme', defaultPolicyHash), DEFAULT_POLICY);
  results.records.push(passed);
  registry.put(staged);
});

describe('requestApproval', () => {
  it('asks for votes on exactly what was judged, but not the submitter', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { approval: id } = await request();
    const opened = approvals.held.get(id);
    expect(opened).toMatchObject({
      ...subject,
      id,
      digest: digestA,
      policyHash: defaultPolicyHash,
      policyRevision: 0,
      evidenceHash: evidenceHash([passed]),
      schemaHash: staged.schemaHash,
      status: 'OPEN',
      quorum: 2,
      roles: ['ml_engineer', 'senior_engineer'],
      excluded: ['sam'],
      approvers: [],
      submitter: 'sam',
      taskToken: 'token',
    });
    expect(opened?.expiresAt).toBeGreaterThanOrEqual(before + 72 * 3600);
    expect(opened?.expiresAt).toBeLessThan(before + 72 * 3600 + 60);
  });

  it('takes quorum, roles and time from the policy that the release is judged by', async () => {
    const policy = {
      ...DEFAULT_POLICY,
      approvals: { quorum: 3, roles: ['senior_engineer'], expireHours: 0.5 },
    } as const;
    const policyHash = hashOf(policy);
    await evidence.putJson(policyDocumentKey('acme', policyHash), policy);
    const { approval: id } = await requestApproval({ evidence, registry, results, approvals })({
      release: { ...release, policyHash },
      taskToken: 'token',
    });
    const opened = approvals.held.get(id);
    expect(opened).toMatchObject({ quorum: 3, roles: ['senior_engineer'] });
    expect((opened?.expiresAt ?? 0) - Date.now() / 1000).toBeLessThanOrEqual(1800);
  });

  it('waits on an approval that is open, and keeps its votes', async () => {
    await hold({ approvers: ['mia'], expiresAt: later() });
    expect(await request('new')).toEqual({ approval: 'approval-1' });
    expect(approvals.held.size).toBe(1);
    expect(approvals.held.get('approval-1')).toMatchObject({
      approvers: ['mia'],
      taskToken: 'new',
    });
  });

  it.each(['APPROVED', 'REFUSED'] as const)(
    'does not ask again people who decided %s, and has the release woken',
    async (status) => {
      await hold({ status });
      expect(await request('new')).toEqual({ approval: 'approval-1' });
      expect(approvals.held.get('approval-1')).toMatchObject({ status, taskToken: 'new' });
      expect((await approvals.unwoken(9)).items).toMatchObject([{ taskToken: 'new' }]);
    },
  );

  it('notices an approval that closes between reading and waiting', async () => {
    await hold({ approvers: ['mia', 'kim'], expiresAt: later() });
    const waitOn = approvals.await.bind(approvals);
    approvals.await = async (approval, token) => {
      approvals.close('approval-1', { status: 'APPROVED' }, { actor: 'kim' });
      return waitOn(approval, token);
    };
    expect(await request('new')).toEqual({ approval: 'approval-1' });
    expect(approvals.held.size).toBe(1);
    expect(approvals.held.get('approval-1')).toMatchObject({ taskToken: 'new' });
  });

  it.each([
    ['expired', { status: 'EXPIRED' }],
    ['is void', { status: 'VOID' }],
    ['is open beyond its time', { expiresAt: 1 }],
    ['was on other evidence', { status: 'APPROVED', evidenceHash: digestA }],
    ['was on another digest', { status: 'APPROVED', digest: digestB }],
    ['was under another policy', { status: 'APPROVED', policyHash: digestB }],
    ['was on another schema', { status: 'APPROVED', schemaHash: digestB }],
  ] as const)('asks anew when the approval %s', async (_, fields) => {
    await hold({ expiresAt: later(), ...fields });
    const { approval: id } = await request('new');
    expect(id).not.toBe('approval-1');
    expect(approvals.held.get(id)).toMatchObject({ status: 'OPEN', approvers: [] });
    expect(approvals.held.get('approval-1')?.taskToken).toBe('old');
  });

  it.each(['VALIDATION', 'PRODUCTION', 'FAILED'] as const)(
    'faults on a version in %s',
    async (state) => {
      await registry.setState(subject, state);
      await expect(request()).rejects.toThrow(
        `iris@1.0.0 is ${state}, expected STAGING with digest ${digestA}`,
      );
      expect(approvals.held.size).toBe(0);
    },
  );

  it('faults on a version of other bytes, and on one that is not there', async () => {
    registry.put({ ...staged, digest: digestB });
    await expect(request()).rejects.toThrow(`expected STAGING with digest ${digestA}`);
    registry.records.clear();
    await expect(request()).rejects.toThrow('iris@1.0.0 is unknown');
  });

  it('faults when the version left STAGING meanwhile', async () => {
    approvals.open = async () => ({ ok: false, failed: ['version'] });
    await expect(request()).rejects.toThrow('iris@1.0.0 left STAGING meanwhile');
  });
});
