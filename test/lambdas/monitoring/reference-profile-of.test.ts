import { beforeEach, describe, expect, it } from 'vitest';
import { gateStatement } from '#domain/gates/attestation.ts';
import type { GateReport } from '#domain/gates/gate-result.ts';
import { makeProfile } from '#domain/gates/performance/make-profile.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { envelopeText } from '#domain/signing/dsse.ts';
import { signStatement } from '#domain/signing/signer.ts';
import {
  attestedProfileOf,
  referenceProfileOf,
} from '../../../lambdas/monitoring/reference-profile-of.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryGateResults } from '../../support/memory-registry.ts';
import { P256Key } from '../../support/p256-key.ts';
import { digestB, subject, versionRecord } from '../../support/sample-release.ts';

const version = versionRecord();
const { digest, policyHash } = version;
const AT = '2026-01-01T00:00:00.000Z';
const values = { kind: 'values', values: Float64Array.of(1, 2) } as const;
const profile = makeProfile({
  rows: 2,
  columns: [() => ({ name: 'age', input: 'x', kind: 'numeric', values: values.values })],
  answers: { truth: values, predictions: values },
});

const key = new P256Key();
let evidence: MemoryEvidence;
let results: MemoryGateResults;
beforeEach(() => {
  evidence = new MemoryEvidence();
  results = new MemoryGateResults();
});

const plain = () => referenceProfileOf({ results, evidence }, version);
const attested = () =>
  attestedProfileOf({ results, evidence, key: () => key.publicKey() }, version);

function recorded() {
  const [record] = results.records;
  if (!record) throw new Error('no gate has a result');
  return record;
}

/** A performance gate's result that names the profile, attested by `signer`. */
async function judged(
  fields: Partial<GateReport> = {},
  { signer = key, of = (result: EvidencePointer) => result } = {},
): Promise<EvidencePointer> {
  const pointer = await evidence.putJson('profile.json', profile);
  const report: GateReport = {
    schema: 'assay.gate-result/v1',
    ...{ ...subject, gate: 'performance', digest, policyHash, verdict: 'pass', checks: [] },
    ...{ evidence: { referenceProfile: { ...pointer } }, startedAt: AT, durationMs: 1 },
    ...fields,
  };
  const result = await evidence.putJson('result.json', report);
  const statement = gateStatement(report, of(result), 'evidence');
  const envelope = envelopeText(await signStatement(statement, signer));
  const attestation = await evidence.put('attestation.json', Buffer.from(envelope));
  const counts = { pass: 1, inconclusive: 0, error: 0, fail: 0 };
  results.records.push({
    ...{ gate: 'performance', verdict: 'pass', counts, digest, policyHash, result, at: AT },
    attestation,
  });
  return pointer;
}

describe.each([
  ['as serving reads it', plain],
  ['as a check reads it', attested],
])('the reference profile of a version, %s', (_, read) => {
  it("is what the gate's result names, with its hash", async () => {
    const { sha256 } = await judged();
    expect(await read()).toEqual({ profile, sha256 });
  });

  it('is none where the gate has no result, made none, or judged other bytes', async () => {
    expect(await read()).toBeUndefined();
    await judged({ evidence: {} });
    expect(await read()).toBeUndefined();
    results.records.splice(0);
    await judged();
    results.records.splice(0, 1, { ...recorded(), digest: digestB });
    expect(await read()).toBeUndefined();
  });

  it('is refused where a document was altered', async () => {
    await judged();
    for (const name of ['profile.json', 'result.json']) {
      const kept = evidence.documents.get(name) ?? new Uint8Array();
      evidence.documents.set(name, Buffer.from('{}'));
      await expect(read()).rejects.toThrow('altered');
      evidence.documents.set(name, kept);
    }
  });

  it('is refused where the result is of another version, or what it names is no profile', async () => {
    await judged({ version: '9.9.9' });
    await expect(read()).rejects.toThrow('9.9.9');
    results.records.splice(0);
    evidence.documents.clear();
    const other = await evidence.putJson('other.json', { schema: 'other' });
    await judged({ evidence: { referenceProfile: { ...other } } });
    await expect(read()).rejects.toThrow();
  });
});

describe('what a check decides by', () => {
  it('has an attestation', async () => {
    await judged();
    const { attestation: _, ...record } = recorded();
    results.records.splice(0, 1, record);
    await expect(attested()).rejects.toThrow('has no attestation');
    expect(await plain()).toBeDefined();
  });

  it('is attested by the attestation key, and of exactly this result', async () => {
    await judged({}, { signer: new P256Key() });
    await expect(attested()).rejects.toThrow('is not attested: the signature is not of this');
    results.records.splice(0);
    evidence.documents.clear();
    await judged({}, { of: (result) => ({ ...result, sha256: digestB }) });
    await expect(attested()).rejects.toThrow(`attestation: report: got ${digestB}`);
  });

  it.each([
    [{ gate: 'schema' }, 'gate: got schema'],
    [{ model: 'other' }, 'name: got acme/other/1.0.0'],
    [{ digest: digestB }, `digest: got ${digestB}`],
  ] as const)('is not attested by a statement of something else: %j', async (fields, reason) => {
    await judged();
    const record = recorded();
    const report = (await evidence.readJson(record.result)) as GateReport;
    const statement = gateStatement({ ...report, ...fields }, record.result, 'evidence');
    const envelope = envelopeText(await signStatement(statement, key));
    const attestation = await evidence.put('other.json', Buffer.from(envelope));
    results.records.splice(0, 1, { ...record, attestation });
    await expect(attested()).rejects.toThrow(reason);
  });
});
