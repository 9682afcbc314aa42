import { beforeEach, describe, expect, it } from 'vitest';
import { evidenceHash } from '#domain/gates/gate-result.ts';
import { admissionKey } from '#domain/registry/evidence-key.ts';
import { judgeAdmission } from '#domain/signing/admission.ts';
import { admitVersion } from '../../../lambdas/signing/admit-version.ts';
import { MemoryApprovals } from '../../support/memory-approvals.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryGateResults, MemoryRegistry } from '../../support/memory-registry.ts';
import { P256Key } from '../../support/p256-key.ts';
import {
  approvalOf,
  defaultPolicyHash,
  digestA,
  digestB,
  releaseOf,
  subject,
  versionRecord,
} from '../../support/sample-release.ts';

const key = new P256Key();
const staged = versionRecord({ state: 'STAGING', approval: 'approval-1' });
const release = releaseOf(staged);
const stored = admissionKey(subject, digestA, 'ADMITTED', defaultPolicyHash);
const passed = {
  gate: 'schema',
  verdict: 'pass',
  counts: { pass: 1, inconclusive: 0, error: 0, fail: 0 },
  result: { key: 'gates/schema.json', versionId: '1', sha256: digestB },
  attestation: { key: 'attestations/schema.json', versionId: '1', sha256: digestA },
  digest: digestA,
  policyHash: defaultPolicyHash,
  at: '2026-01-01T00:00:00.000Z',
} as const;
const approved = approvalOf({
  status: 'APPROVED',
  approvers: ['mia', 'kim'],
  evidenceHash: evidenceHash([passed]),
});

let evidence: MemoryEvidence;
let registry: MemoryRegistry;
let results: MemoryGateResults;
let approvals: MemoryApprovals;
let signed: number;

const admit = (signer = key) =>
  admitVersion({
    evidence,
    registry,
    results,
    approvals,
    changes: registry,
    signer: {
      publicKey: () => signer.publicKey(),
      sign: (digest) => {
        signed++;
        return signer.sign(digest);
      },
    },
  })({ release });

const hold = (fields: Parameters<typeof approvalOf>[0] = {}) =>
  approvals.held.set('approval-1', { ...approved, ...fields, taskToken: 'token' });

beforeEach(() => {
  evidence = new MemoryEvidence();
  registry = new MemoryRegistry();
  results = new MemoryGateResults();
  approvals = new MemoryApprovals();
  signed = 0;
  results.records.push(passed);
  registry.put(staged);
  hold();
});

describe('admitVersion', () => {
  it('signs leave to load exactly what people approved, and notes where it lies', async () => {
    expect(await admit()).toEqual({ outcome: 'admitted' });
    const verdict = judgeAdmission(evidence.text(stored), await key.publicKey(), {
      subject,
      digest: digestA,
      policyHash: defaultPolicyHash,
      scope: 'ADMITTED',
    });
    expect(verdict).toMatchObject({ outcome: 'admitted' });
    expect(await registry.version(subject)).toMatchObject({ admission: { key: stored } });
  });

  it('refuses a gate result without its attestation', async () => {
    const [passed] = results.records;
    if (!passed) throw new Error('no gate result');
    const { attestation: _, ...unsigned } = passed;
    results.records[0] = unsigned;
    expect(await admit()).toMatchObject({
      outcome: 'refused',
      reason: '1 gate results have no attestation',
    });
  });

  it('names the attestations that it rests on', async () => {
    await admit();
    const { payload } = JSON.parse(evidence.text(stored));
    const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString());
    expect(predicate.inputAttestations).toEqual([
      { uri: 's3://evidence/attestations/schema.json', digest: { sha256: digestA } },
    ]);
  });

  it.each([
    ['digest', { digest: digestB }],
    ['policy', { policyHash: digestB }],
    ['schema', { schemaHash: digestB }],
    ['evidence', { evidenceHash: digestA }],
  ])('refuses an approval that was on another %s', async (_, fields) => {
    hold(fields);
    expect(await admit()).toEqual({
      outcome: 'refused',
      reason: 'approval approval-1 is on another digest, schema, policy or evidence',
    });
    expectNothingSigned();
  });

  it.each([
    ['a gate that judged after the vote', () => results.records.push({ ...passed, gate: 'late' })],
    [
      'a result that changed after the vote',
      () => {
        results.records[0] = { ...passed, result: { ...passed.result, sha256: digestA } };
      },
    ],
    [
      'a verdict that changed after the vote',
      () => {
        results.records[0] = { ...passed, verdict: 'fail' };
      },
    ],
  ])('refuses %s', async (_, change) => {
    change();
    expect(await admit()).toMatchObject({ outcome: 'refused' });
    expectNothingSigned();
  });

  it.each(['OPEN', 'REFUSED', 'EXPIRED', 'VOID'] as const)(
    'refuses an approval that is %s, though it has its quorum',
    async (status) => {
      hold({ status });
      expect(await admit()).toEqual({
        outcome: 'refused',
        reason: `approval is ${status}, expected APPROVED`,
      });
      expectNothingSigned();
    },
  );

  it('refuses an approval that is APPROVED without its quorum', async () => {
    hold({ approvers: ['mia'] });
    expect(await admit()).toMatchObject({ outcome: 'refused' });
    expectNothingSigned();
  });

  it('refuses a version that nobody asked about', async () => {
    registry.put({ ...staged, approval: undefined });
    expect(await admit()).toEqual({
      outcome: 'refused',
      reason: 'approval is missing, expected APPROVED',
    });
    expectNothingSigned();
  });

  it.each(['VALIDATION', 'PRODUCTION', 'DEPRECATED', 'FAILED'] as const)(
    'signs nothing for a version in %s',
    async (state) => {
      await registry.setState(subject, state);
      expect(await admit()).toEqual({
        outcome: 'refused',
        reason: `iris@1.0.0 is ${state}, expected STAGING`,
      });
      expectNothingSigned();
    },
  );

  it('signs nothing for a version of other bytes', async () => {
    registry.put({ ...staged, digest: digestB });
    expect(await admit()).toMatchObject({ outcome: 'refused' });
    expectNothingSigned();
  });

  it('refuses a version that leaves STAGING meanwhile', async () => {
    const read = registry.version.bind(registry);
    registry.version = async (asked) => {
      registry.version = read;
      const record = await read(asked);
      await registry.setState(subject, 'FAILED');
      return record;
    };
    expect(await admit()).toEqual({ outcome: 'refused', reason: 'iris@1.0.0 left STAGING' });
    expect(await registry.version(subject)).not.toHaveProperty('admission');
  });

  it('keeps the admission of an earlier try', async () => {
    await admit();
    const before = evidence.text(stored);
    expect(await admit()).toEqual({ outcome: 'admitted' });
    expect(evidence.text(stored)).toBe(before);
  });

  it('faults on an earlier admission that is not by this key', async () => {
    await admit(new P256Key());
    registry.put(staged);
    await expect(admit()).rejects.toThrow('the stored admission is invalid');
    expect(await registry.version(subject)).toEqual(staged);
  });
});

function expectNothingSigned(): void {
  expect(signed).toBe(0);
  expect(evidence.documents.size).toBe(0);
}
