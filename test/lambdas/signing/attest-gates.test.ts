import { beforeEach, expect, it } from 'vitest';
import { TEST_RESULT_PREDICATE } from '#domain/gates/attestation.ts';
import type { GateReport } from '#domain/gates/gate-result.ts';
import { gateAttestationKey, gateResultKey } from '#domain/registry/evidence-key.ts';
import { openEnvelope } from '#domain/signing/dsse.ts';
import { attestGates } from '../../../lambdas/signing/attest-gates.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryGateResults } from '../../support/memory-registry.ts';
import { P256Key } from '../../support/p256-key.ts';
import { digestB, releaseOf, subject, versionRecord } from '../../support/sample-release.ts';

const release = releaseOf(versionRecord());
const { digest, policyHash } = release;
const signer = new P256Key();
const NOW = '2026-01-01T00:00:00.000Z';

let evidence: MemoryEvidence;
let results: MemoryGateResults;
beforeEach(() => {
  evidence = new MemoryEvidence();
  results = new MemoryGateResults();
});

const attest = () => attestGates({ evidence, results, signer })({ release });

async function judged(gate: string, fields: Partial<GateReport> = {}) {
  const report: GateReport = {
    schema: 'assay.gate-result/v1',
    ...subject,
    gate,
    digest,
    policyHash,
    verdict: 'fail',
    checks: [
      { id: 'good', verdict: 'pass', message: 'm' },
      { id: 'bad', verdict: 'fail', message: 'm' },
    ],
    evidence: {},
    startedAt: NOW,
    durationMs: 1,
    ...fields,
  };
  const result = await evidence.putJson(gateResultKey(subject, digest, gate, policyHash), report);
  const counts = { pass: 1, inconclusive: 0, error: 0, fail: 1 };
  const record = { gate, verdict: 'fail' as const, counts, digest, policyHash, result, at: NOW };
  await results.record(subject, record);
  return result;
}

it('signs what each gate found, over the digest of the version', async () => {
  const result = await judged('schema');
  await judged('integrity');
  expect(await attest()).toEqual({ attested: ['schema', 'integrity'] });
  const [record] = results.records;
  const key = gateAttestationKey(subject, digest, 'schema', policyHash);
  expect(record?.attestation?.key).toBe(key);
  expect(openEnvelope(evidence.text(key), await signer.publicKey())).toMatchObject({
    ok: true,
    value: {
      name: 'acme/iris/1.0.0',
      digest,
      predicateType: TEST_RESULT_PREDICATE,
      predicate: {
        result: 'FAILED',
        passedTests: ['good'],
        failedTests: ['bad'],
        gate: 'schema',
        verdict: 'fail',
        configuration: [{ name: 'policy', digest: { sha256: policyHash } }],
        report: { digest: { sha256: result.sha256 } },
      },
    },
  });
});

it('keeps the first attestation when the task is retried', async () => {
  await judged('schema');
  await attest();
  const [first] = results.records;
  expect(await attest()).toEqual({ attested: ['schema'] });
  expect(results.records).toEqual([first]);
});

it('takes over an attestation that was stored before the task broke off', async () => {
  await judged('schema');
  await attest();
  const [attested] = results.records;
  results.records.length = 0;
  await judged('schema');
  await attest();
  expect(results.records).toEqual([attested]);
});

it('leaves results on another digest or policy alone', async () => {
  await judged('schema');
  results.records[0] = { ...(results.records[0] as never as object), digest: digestB } as never;
  expect(await attest()).toEqual({ attested: [] });
});

it('signs no verdict that differs from the report, and no report of another gate', async () => {
  await judged('schema', { verdict: 'pass' });
  await expect(attest()).rejects.toThrow('says schema: pass, expected fail');
  results.records.length = 0;
  evidence.documents.clear();
  await judged('schema', { gate: 'integrity' });
  await expect(attest()).rejects.toThrow('says integrity: fail');
});

it('refuses an attestation of ours that says something else', async () => {
  await judged('schema');
  await attest();
  const stolen = evidence.text(gateAttestationKey(subject, digest, 'schema', policyHash));
  const place = gateAttestationKey(subject, digest, 'integrity', policyHash);
  await evidence.put(place, new TextEncoder().encode(stolen));
  await judged('integrity');
  await expect(attest()).rejects.toThrow('attestation of gate integrity says something else');
});

it('refuses a report under another policy', async () => {
  await judged('schema', { policyHash: digestB });
  await expect(attest()).rejects.toThrow('as in the registry');
});

it('refuses an attestation by another key that lies in its place', async () => {
  await judged('schema');
  await attestGates({
    evidence,
    results: { ...stub(), list: () => results.list() },
    signer: new P256Key(),
  })({
    release,
  });
  await expect(attest()).rejects.toThrow('the stored attestation of gate schema');
});

const stub = () => ({ attest: async () => ({ ok: true }) as const });
