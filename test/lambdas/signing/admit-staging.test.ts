import { beforeEach, describe, expect, it } from 'vitest';
import type { GateRecord } from '#aws/gate-results.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { admissionKey, policyDocumentKey } from '#domain/registry/evidence-key.ts';
import { judgeAdmission } from '#domain/signing/admission.ts';
import { admitStaging } from '../../../lambdas/signing/admit-staging.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryGateResults, MemoryRegistry } from '../../support/memory-registry.ts';
import { P256Key } from '../../support/p256-key.ts';
import {
  digestA,
  digestB,
  releaseOf,
  subject,
  versionRecord,
} from '../../support/sample-release.ts';

const REQUIRED = ['integrity', 'security', 'schema', 'load'];
const policy = { ...DEFAULT_POLICY, gates: { required: REQUIRED } };
const policyHash = hashOf(policy);
const judged = versionRecord({ policyHash });
const release = releaseOf(judged);
const stored = admissionKey(subject, digestA, 'STAGING', policyHash);
const key = new P256Key();

const result = (gate: string, fields: Partial<GateRecord> = {}): GateRecord => ({
  gate,
  verdict: 'pass',
  counts: { pass: 1, inconclusive: 0, error: 0, fail: 0 },
  result: { key: `gates/${gate}.json`, versionId: '1', sha256: digestB },
  attestation: { key: `attestations/${gate}.json`, versionId: '1', sha256: digestA },
  digest: digestA,
  policyHash,
  at: '2026-01-01T00:00:00.000Z',
  ...fields,
});

let evidence: MemoryEvidence;
let registry: MemoryRegistry;
let results: MemoryGateResults;
let signed: number;
beforeEach(async () => {
  evidence = new MemoryEvidence();
  registry = new MemoryRegistry();
  results = new MemoryGateResults();
  signed = 0;
  registry.put(judged);
  results.records.push(...['integrity', 'security', 'schema'].map((gate) => result(gate)));
  await evidence.putJson(policyDocumentKey(subject.tenant, policyHash), policy);
});

const admit = (signer = key) =>
  admitStaging({
    evidence,
    registry,
    results,
    changes: registry,
    signer: {
      publicKey: () => signer.publicKey(),
      sign: (digest) => {
        signed++;
        return signer.sign(digest);
      },
    },
  })({ release });

const verdictFor = async (scope: 'STAGING' | 'ADMITTED') =>
  judgeAdmission(evidence.text(stored), await key.publicKey(), {
    subject,
    digest: digestA,
    policyHash,
    scope,
  }).outcome;

function restsOn(): unknown[] {
  const { payload } = JSON.parse(evidence.text(stored));
  return JSON.parse(Buffer.from(payload, 'base64').toString()).predicate.inputAttestations;
}

async function expectHeld(reason: string): Promise<void> {
  expect(await admit()).toEqual({ outcome: 'held', reason });
  expect(signed).toBe(0);
  expect(evidence.documents.has(stored)).toBe(false);
  expect(await registry.version(subject)).not.toHaveProperty('stagingAdmission');
}

describe('admitStaging', () => {
  it('signs leave for staging, which is no leave to serve, and notes where it lies', async () => {
    expect(await admit()).toEqual({ outcome: 'admitted' });
    expect(await verdictFor('STAGING')).toBe('admitted');
    expect(await verdictFor('ADMITTED')).toBe('mismatch');
    const record = await registry.version(subject);
    expect(record).toMatchObject({ state: 'VALIDATION', stagingAdmission: { key: stored } });
    expect(record).not.toHaveProperty('admission');
  });

  it('names the attestations that it rests on', async () => {
    await admit();
    expect(restsOn()).toEqual(
      ['integrity', 'security', 'schema'].map((gate) => ({
        uri: `s3://evidence/attestations/${gate}.json`,
        digest: { sha256: digestA },
      })),
    );
  });

  it.each(['fail', 'error', 'inconclusive'] as const)(
    'holds a version of which a required gate says %s',
    async (verdict) => {
      results.records[1] = result('security', { verdict });
      await expectHeld(`security: ${verdict}`);
    },
  );

  it('holds a version that a gate failed without being asked', async () => {
    results.records.push(result('privacy', { verdict: 'fail' }));
    await expectHeld('privacy: fail');
  });

  it('holds a version of which a required gate says nothing', async () => {
    results.records.pop();
    await expectHeld('schema: no result');
  });

  it('holds a version whose pass nobody attested', async () => {
    const { attestation: _, ...unsigned } = result('schema');
    results.records[2] = unsigned;
    await expectHeld('schema: inconclusive');
  });

  it.each([
    ['other bytes', { digest: digestB }],
    ['another policy', { policyHash: digestB }],
  ])('holds a version whose pass was on %s', async (_, fields) => {
    results.records[2] = result('schema', fields);
    await expectHeld('schema: no result');
  });

  it('needs nothing of a gate that is not required and could not tell, and rests on none', async () => {
    const { attestation: _, ...unsigned } = result('dataset', { verdict: 'inconclusive' });
    results.records.push(unsigned);
    expect(await admit()).toEqual({ outcome: 'admitted' });
    expect(restsOn()).toHaveLength(3);
  });

  it('asks nothing of the load gate, not even of a result from before', async () => {
    results.records.push(result('load', { verdict: 'fail' }));
    expect(await admit()).toEqual({ outcome: 'admitted' });
  });

  it.each(['STAGING', 'PRODUCTION', 'DEPRECATED', 'FAILED'] as const)(
    'holds a version in %s',
    async (state) => {
      await registry.setState(subject, state);
      await expectHeld(`iris@1.0.0 is ${state}, expected VALIDATION`);
    },
  );

  it('holds a version of other bytes', async () => {
    registry.put({ ...judged, digest: digestB });
    await expectHeld(`iris@1.0.0 has digest ${digestB}, expected ${digestA}`);
  });

  it('holds a version that leaves VALIDATION meanwhile', async () => {
    const read = registry.version.bind(registry);
    registry.version = async (asked) => {
      registry.version = read;
      const record = await read(asked);
      await registry.setState(subject, 'FAILED');
      return record;
    };
    expect(await admit()).toEqual({ outcome: 'held', reason: 'iris@1.0.0 left VALIDATION' });
    expect(await registry.version(subject)).not.toHaveProperty('stagingAdmission');
  });

  it('keeps the admission of an earlier try', async () => {
    await admit();
    const before = evidence.text(stored);
    expect(await admit()).toEqual({ outcome: 'admitted' });
    expect(evidence.text(stored)).toBe(before);
  });

  it('faults on an earlier admission that is not by this key', async () => {
    await admit(new P256Key());
    registry.put(judged);
    await expect(admit()).rejects.toThrow('the stored admission is invalid');
    expect(await registry.version(subject)).toEqual(judged);
  });

  it('faults on a policy that is not the one it was judged by', async () => {
    const altered = new TextEncoder().encode(JSON.stringify(DEFAULT_POLICY));
    evidence.documents.set(policyDocumentKey(subject.tenant, policyHash), altered);
    await expect(admit()).rejects.toThrow('was altered');
    expect(signed).toBe(0);
  });
});
