import { beforeEach, expect, it } from 'vitest';
import type { Written } from '#aws/registry-table.ts';
import { BOM_PREDICATE, CARD_PREDICATE } from '#domain/gates/card/statement.ts';
import type { GateReport } from '#domain/gates/gate-result.ts';
import { descriptionKey, gateResultKey } from '#domain/registry/evidence-key.ts';
import type { ReleaseRef } from '#domain/registry/release-ref.ts';
import type { Description } from '#domain/registry/version-record.ts';
import { openEnvelope } from '#domain/signing/dsse.ts';
import { describeVersion } from '../../../lambdas/signing/describe-version.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryGateResults, MemoryRegistry } from '../../support/memory-registry.ts';
import { P256Key } from '../../support/p256-key.ts';
import {
  digestB,
  registered,
  releaseOf,
  sampleFiles,
  subject,
} from '../../support/sample-release.ts';

const signer = new P256Key();
const NOW = '2026-01-01T00:00:00.000Z';

let artifacts: MemoryArtifacts;
let evidence: MemoryEvidence;
let registry: MemoryRegistry;
let results: MemoryGateResults;
let release: ReleaseRef;
let written: Description[];
let answer: Written;

const describe = () =>
  describeVersion({
    artifacts,
    evidence,
    results,
    registry,
    signer,
    changes: {
      describe: async (_subject, _digest, description) => {
        written.push(description);
        return answer;
      },
    },
  })({ release });

async function judged(gate: string, fields: Partial<GateReport> = {}): Promise<void> {
  const { digest, policyHash } = release;
  const report: GateReport = {
    schema: 'assay.gate-result/v1',
    ...subject,
    gate,
    digest,
    policyHash,
    verdict: 'pass',
    checks: [{ id: 'a', verdict: 'pass', message: 'm' }],
    evidence: {},
    startedAt: NOW,
    durationMs: 1,
    ...fields,
  };
  const key = gateResultKey(subject, report.digest, gate, report.policyHash);
  const result = await evidence.putJson(key, report);
  const counts = { pass: 1, inconclusive: 0, error: 0, fail: 0 };
  await results.record(subject, {
    gate,
    verdict: report.verdict,
    counts,
    digest: report.digest,
    policyHash: report.policyHash,
    result,
    at: NOW,
  });
}

const documentAt = (name: string) =>
  JSON.parse(evidence.text(descriptionKey(subject, release.digest, release.policyHash, name)));
const openedAt = async (name: string) => {
  const key = descriptionKey(subject, release.digest, release.policyHash, name);
  return openEnvelope(evidence.text(key), await signer.publicKey());
};

beforeEach(async () => {
  artifacts = new MemoryArtifacts();
  evidence = new MemoryEvidence();
  registry = new MemoryRegistry();
  results = new MemoryGateResults();
  written = [];
  answer = { ok: true };
  const files = { ...sampleFiles, 'requirements.txt': 'numpy==2.1.0\n' };
  const { version } = await registered(artifacts, evidence, files);
  registry.put({ ...version, state: 'STAGING' });
  release = releaseOf(version);
});

it('writes card and bill of materials from what the gates reported, and notes where', async () => {
  await judged('schema');
  await judged('security');
  const described = await describe();
  expect(documentAt('model-card.json')).toMatchObject({
    schema: 'assay.model-card/v1',
    digest: release.digest,
    gates: [{ gate: 'schema' }, { gate: 'security', checks: [{ id: 'a' }] }],
  });
  expect(documentAt('ml-bom.json').components.map(({ name }: { name: string }) => name)).toEqual([
    'numpy',
    'onnxruntime',
  ]);
  expect(written).toEqual([
    {
      ...described,
      cardAttestation: expect.objectContaining({ key: expect.stringContaining('model-card.dsse') }),
      bomAttestation: expect.objectContaining({ key: expect.stringContaining('ml-bom.dsse') }),
    },
  ]);
});

it('signs each over the digest of the version', async () => {
  await describe();
  expect(await openedAt('model-card.dsse.json')).toEqual({
    ok: true,
    value: {
      name: 'acme/iris/1.0.0',
      digest: release.digest,
      predicateType: CARD_PREDICATE,
      predicate: documentAt('model-card.json'),
    },
  });
  expect(await openedAt('ml-bom.dsse.json')).toMatchObject({
    ok: true,
    value: { digest: release.digest, predicateType: BOM_PREDICATE },
  });
});

it('leaves out results on another digest or policy', async () => {
  await judged('schema');
  await judged('security', { policyHash: digestB });
  await describe();
  expect(documentAt('model-card.json').gates).toHaveLength(1);
});

it('keeps what an earlier try has written, and says the same', async () => {
  await judged('schema');
  const first = await describe();
  await judged('security');
  expect(await describe()).toEqual(first);
  expect(written[1]).toEqual(written[0]);
});

it('describes no version of another digest', async () => {
  release = { ...release, digest: digestB };
  await expect(describe()).rejects.toThrow('iris@1.0.0 has no digest');
});

it('fails when the version left STAGING meanwhile', async () => {
  answer = { ok: false, failed: ['version'] };
  await expect(describe()).rejects.toThrow('iris@1.0.0 left STAGING');
});
