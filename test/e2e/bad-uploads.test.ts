import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { sha256Hex } from '#domain/registry/digest.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import { artifactOf, readManifest, replaceFile, saveManifest } from './support/artifact.ts';
import { assay } from './support/assay.ts';
import { inState, versionsOf } from './support/registry.ts';
import { claimOf, mapPerson, put, settled, type UploadOptions, upload } from './support/upload.ts';

const PRINCIPAL = 'AROABADUPLOADS:ci';
const SCIENTIST = ['data_scientist'];

beforeAll(() => mapPerson(PRINCIPAL, 'ci', SCIENTIST));

interface Bad {
  readonly what: string;
  readonly change?: (manifest: Manifest) => unknown;
  readonly override?: UploadOptions['override'];
  readonly field: string;
  readonly says: string;
}

const CASES: readonly Bad[] = [
  {
    what: 'a manifest that is not JSON',
    override: { 'manifest.json': '{"schema": ' },
    field: 'manifest.json',
    says: 'a JSON document',
  },
  {
    what: 'an unknown field',
    change: (manifest) => ({ ...manifest, autoPromote: true }),
    field: 'autoPromote',
    says: 'only the documented fields',
  },
  {
    what: 'another tenant than the key says',
    change: (manifest) => ({ ...manifest, tenant: 'rival' }),
    field: 'tenant',
    says: '"default"',
  },
  {
    what: 'another name than the key says',
    change: (manifest) => ({ ...manifest, name: 'another' }),
    field: 'name',
    says: "as the upload's key says",
  },
  {
    what: 'a file that was not uploaded',
    override: { 'golden.json': undefined },
    field: 'file "golden.json"',
    says: 'a file of',
  },
  {
    what: 'a file with other bytes of the same size',
    override: { 'requirements.txt': 'x'.repeat(249) },
    field: 'file "requirements.txt"',
    says: 'SHA-256',
  },
  {
    what: 'a file that the manifest does not list',
    override: { 'notes.txt': 'surprise' },
    field: 'file "notes.txt"',
    says: 'only files that "files" lists',
  },
  {
    what: 'a path that leaves the artifact',
    change: (manifest) => ({
      ...manifest,
      files: [...manifest.files, { path: '../model.onnx', sha256: 'a'.repeat(64), size: 1 }],
    }),
    field: 'files[6].path',
    says: 'a relative POSIX path',
  },
  {
    what: 'a file of 0 bytes',
    change: (manifest) => ({
      ...manifest,
      files: manifest.files.map((file) => ({ ...file, size: 0 })),
    }),
    field: 'files[0].size',
    says: 'above 0 bytes',
  },
];

it.each(CASES)('refuses $what and says where, what and how to mend it', async (bad) => {
  const model = `bad-${CASES.indexOf(bad)}`;
  const folder = artifactOf(model);
  if (bad.change) saveManifest(folder, bad.change(readManifest(folder)));
  const uploaded = await upload(folder, {
    principal: PRINCIPAL,
    model,
    ...(bad.override && { override: bad.override }),
  });
  const claim = await settled(uploaded);
  expect(claim).toMatchObject({
    outcome: 'REJECTED',
    problems: expect.arrayContaining([
      {
        field: bad.field,
        got: expect.any(String),
        expected: expect.stringContaining(bad.says),
        remedy: expect.stringMatching(/\w/),
      },
    ]),
  });
  expect(await versionsOf(model)).toEqual([]);
});

it('refuses the same version with other files, and a lower bump than the change calls for', async () => {
  const model = 'immutable';
  const first = artifactOf(model);
  expect(await settled(await upload(first, { principal: PRINCIPAL, model }))).toMatchObject({
    outcome: 'REGISTERED',
    version: '1.0.0',
  });
  const other = artifactOf(model, '1.1.0-better', (manifest) => ({
    ...manifest,
    version: '1.0.0',
  }));
  expect(await settled(await upload(other, { principal: PRINCIPAL, model }))).toMatchObject({
    outcome: 'REJECTED',
    problems: [{ field: 'version', remedy: expect.stringContaining('versions never change') }],
  });
  const breaking = artifactOf(model, '1.1.0-better', (manifest) => ({
    ...manifest,
    io: {
      ...manifest.io,
      outputs: manifest.io.outputs.filter(({ name }) => name !== 'label'),
    },
  }));
  expect(await settled(await upload(breaking, { principal: PRINCIPAL, model }))).toMatchObject({
    outcome: 'REJECTED',
    problems: [{ field: 'version', expected: expect.stringContaining('2.0.0 or higher') }],
  });
  expect((await versionsOf(model)).map(({ version }) => version)).toEqual(['1.0.0']);
});

it('takes the same bytes again as the same version', async () => {
  const model = 'same-again';
  const folder = artifactOf(model);
  const first = await settled(await upload(folder, { principal: PRINCIPAL, model }));
  const again = await settled(await upload(folder, { principal: PRINCIPAL, model }));
  expect(first.outcome).toBe('REGISTERED');
  expect(again).toMatchObject({ outcome: 'KNOWN', version: '1.0.0' });
  expect(await versionsOf(model)).toHaveLength(1);
});

it("fails a truncated model by its gates, with each gate's reason", async () => {
  const model = 'truncated';
  const folder = artifactOf(model);
  const whole = readFileSync(join(folder, 'model.onnx'));
  replaceFile(folder, 'model.onnx', whole.subarray(0, whole.length / 2));
  await upload(folder, { principal: PRINCIPAL, model });
  await inState(model, '1.0.0', 'FAILED');
  const { json } = await assay('submitter', 'status', `${model}@1.0.0`);
  const verdicts = json.gates.map(({ gate, verdict }: { gate: string; verdict: string }) => [
    gate,
    verdict,
  ]);
  expect(Object.fromEntries(verdicts)).toEqual({
    integration: 'fail',
    integrity: 'fail',
    performance: 'fail',
    schema: 'fail',
    security: 'fail',
    robustness: 'fail',
    privacy: 'fail',
    dataset: 'pass',
    dependencies: 'pass',
  });
});

it('fails an artifact that hides a command in a pickle, and shows where', async () => {
  const model = 'poisoned';
  const folder = artifactOf(model);
  const pickle = Buffer.from("cos\nsystem\n(S'id'\ntR.");
  writeFileSync(join(folder, 'notes.txt'), pickle);
  const manifest = readManifest(folder);
  const listed = { path: 'notes.txt', sha256: sha256Hex(pickle), size: pickle.length };
  saveManifest(folder, { ...manifest, files: [...manifest.files, listed] });
  await upload(folder, { principal: PRINCIPAL, model });
  await inState(model, '1.0.0', 'FAILED');
  const { json } = await assay('submitter', 'status', `${model}@1.0.0`);
  const security = json.gates.find(({ gate }: { gate: string }) => gate === 'security');
  expect(security).toMatchObject({ verdict: 'fail' });
  expect(security.checks[0]).toMatchObject({
    verdict: 'fail',
    where: expect.stringContaining('notes.txt'),
    message: expect.stringContaining('os.system'),
  });
});

it('does not pass a version whose evaluation set lacks a column', async () => {
  const model = 'wrong-columns';
  const folder = artifactOf(model);
  const csv = readFileSync(join(folder, 'evaluation.csv'), 'utf8');
  replaceFile(folder, 'evaluation.csv', Buffer.from(csv.replace('mean_radius', 'radius')));
  await upload(folder, { principal: PRINCIPAL, model });
  await inState(model, '1.0.0', 'FAILED');
  const { json } = await assay('submitter', 'status', `${model}@1.0.0`);
  const performance = json.gates.find(({ gate }: { gate: string }) => gate === 'performance');
  expect(performance).toMatchObject({
    verdict: 'inconclusive',
    checks: [{ message: expect.stringContaining('mean_radius') }],
  });
});

it('refuses an upload by a principal that is no person, or of another tenant', async () => {
  const folder = artifactOf('foreign');
  const unmapped = await upload(folder, { principal: 'AROANOBODY:x', model: 'foreign' });
  expect(await settled(unmapped)).toMatchObject({
    outcome: 'REJECTED',
    problems: [{ field: 'principal', expected: 'a principal that belongs to a person' }],
  });
  const crossing = await upload(folder, {
    principal: PRINCIPAL,
    tenant: 'rival',
    model: 'foreign',
  });
  expect(await settled(crossing)).toMatchObject({
    outcome: 'REJECTED',
    problems: [{ field: 'tenant', expected: '"default"' }],
  });
  expect(await versionsOf('foreign')).toEqual([]);
  expect(await versionsOf('foreign', 'rival')).toEqual([]);
});

it('ignores a manifest at another depth', async () => {
  const key = `uploads/${PRINCIPAL}/default/deep/u-1/nested/manifest.json`;
  const versionId = await put(key, '{}');
  // A release that is started later than this one has been claimed by then.
  const marker = await upload(artifactOf('depth-marker'), {
    principal: 'AROANOBODY:x',
    model: 'depth-marker',
  });
  await settled(marker);
  expect(await claimOf({ tenant: 'default', key, versionId })).toBeUndefined();
  expect(await versionsOf('deep')).toEqual([]);
});
