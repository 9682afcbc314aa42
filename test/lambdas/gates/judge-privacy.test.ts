import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '#domain/gates/policy.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import { judgePrivacy } from '../../../lambdas/gates/judge-privacy.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { type Files, manifestOf, releaseOf, versionRecord } from '../../support/sample-release.ts';

const EXAMPLE = new URL('../../../examples/breast-cancer/1.0.0-baseline/', import.meta.url);
const leakyOnnx = readFileSync(
  new URL('../../domain/gates/privacy/fixtures/leaky.onnx', import.meta.url),
);

let artifacts: MemoryArtifacts;
beforeEach(() => {
  artifacts = new MemoryArtifacts();
});

function recordOf(files: Files, manifest: Manifest): ArtifactRecord {
  const all: Files = { ...files, 'manifest.json': JSON.stringify(manifest) };
  const pinned: PinnedFile[] = Object.entries(all).map(([path, body]) => {
    const bytes = Buffer.from(body);
    return { path, sha256: sha256Hex(bytes), size: bytes.length, ...artifacts.write(path, bytes) };
  });
  const digest = sha256Hex(Buffer.from('example'));
  return { schema: 'assay.artifact/v1', digest, bucket: artifacts.name, files: pinned, manifest };
}

const ROWS = Array.from({ length: 150 }, (_, row) => `${row % 7},load ${row}`);
const csv = (rows: readonly string[]) => `size,note\n${rows.join('\n')}\n`;

/** The example with training rows, and other files or another manifest. */
function example(files: Files = {}, fields: Partial<Manifest> = {}): ArtifactRecord {
  const own = Object.fromEntries(
    readdirSync(EXAMPLE).map((path) => [path, readFileSync(new URL(path, EXAMPLE))]),
  );
  const { 'manifest.json': text, ...bytes } = own;
  const manifest: Manifest = JSON.parse(String(text));
  const training = { dataset: 'training.csv', contract: 'contract.json' };
  const all = { ...bytes, 'training.csv': csv(ROWS), 'contract.json': '{}', ...files };
  return recordOf(all, { ...manifest, training, ...fields });
}

/** Answers `ann@example.org` for code 1, and colours for 0 and 2. */
function leaky(files: Files, fields: Partial<Manifest>): ArtifactRecord {
  const io: Manifest['io'] = {
    inputs: [{ name: 'code', datatype: 'INT64', shape: [-1] }],
    outputs: [{ name: 'name', datatype: 'BYTES', shape: [-1], labels: ['red', 'green', 'blue'] }],
  };
  const all = { 'model.onnx': leakyOnnx, ...files };
  return recordOf(all, manifestOf(all, { io, ...fields }));
}

async function judge(record: ArtifactRecord, change: Partial<Policy> = {}) {
  const release = releaseOf(versionRecord({ digest: record.digest as Digest }));
  const policy = { ...DEFAULT_POLICY, ...change };
  const { checks, evidence } = await judgePrivacy(artifacts)({ record, release, policy });
  const failed = checks.filter(({ verdict }) => verdict !== 'pass');
  return { checks, evidence, failed: failed.map(({ id, where }) => [id, where]) };
}

const privacy = (fields: Partial<Policy['privacy']>): Partial<Policy> => ({
  privacy: { ...DEFAULT_POLICY.privacy, ...fields },
});

it('passes the example, and says how much it looked at', async () => {
  const { checks, failed } = await judge(example());
  expect(failed).toEqual([]);
  expect(checks).toMatchObject([
    { id: 'privacy.training-samples', observed: { rows: 100, columns: 2 } },
    { id: 'privacy.evaluation-samples', observed: { rows: 100, columns: 31 } },
    { id: 'privacy.predictions', observed: { rows: 50 } },
    { id: 'privacy.artifact', observed: { violations: 0 } },
  ]);
});

describe('training samples', () => {
  it('fail by one e-mail address among the first rows of any format', async () => {
    const rows = ROWS.with(99, '1,ask ann@example.org');
    expect((await judge(example({ 'training.csv': csv(rows) }))).failed).toEqual([
      ['privacy.training-samples', undefined],
      ['privacy.training-samples.email', 'note'],
    ]);
    const lines = rows.map((row) => JSON.stringify({ size: 1, note: row })).join('\n');
    const training = { dataset: 'rows.jsonl', contract: 'contract.json' };
    expect((await judge(example({ 'rows.jsonl': lines }, { training }))).failed).toEqual([
      ['privacy.training-samples', undefined],
      ['privacy.training-samples.email', 'note'],
    ]);
  });

  it('are looked at as far as the policy says', async () => {
    const record = example({ 'training.csv': csv(ROWS.with(100, '1,ask ann@example.org')) });
    expect((await judge(record)).failed).toEqual([]);
    expect((await judge(record, privacy({ trainingSamples: 101 }))).failed).not.toEqual([]);
  });

  it('that are missing, or in no table, leave the gate undecided', async () => {
    const { training: _, ...none } = example().manifest;
    const without = await judge({ ...example(), manifest: none });
    expect(without.checks[0]).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('add "training" to the manifest'),
    });
    const broken = await judge(example({ 'training.csv': 'a,b\n"1,2\n' }));
    expect(broken.checks[0]).toMatchObject({ verdict: 'inconclusive' });
  });
});

it('looks at the rows that the artifact is judged on', async () => {
  const body = readFileSync(new URL('evaluation.csv', EXAMPLE), 'utf8').trim();
  const [header, ...rows] = body.split('\n');
  const mailed = [`${header},note`, ...rows.map((row) => `${row},ann@example.org`)].join('\n');
  expect((await judge(example({ 'evaluation.csv': mailed }))).failed).toEqual([
    ['privacy.evaluation-samples', undefined],
    ['privacy.evaluation-samples.email', 'note'],
  ]);
});

describe('predictions', () => {
  const evaluation = { dataset: 'rows.csv', target: 'truth', task: 'multiclass-classification' };
  const asked = (codes: readonly number[]) =>
    leaky(
      { 'rows.csv': `code,truth\n${codes.map((code) => `${code},red`).join('\n')}\n` },
      { evaluation: evaluation as Manifest['evaluation'] },
    );
  const found = async (record: ArtifactRecord, change?: Partial<Policy>) =>
    (await judge(record, change)).failed.filter(([id]) => id?.startsWith('privacy.predictions'));

  it('fail by one e-mail address that the model answers among the first', async () => {
    const leak = [
      ['privacy.predictions', undefined],
      ['privacy.predictions.email', 'name'],
    ];
    expect(await found(asked([...Array(49).fill(0), 1]))).toEqual(leak);
    const beyond = asked([...Array(50).fill(0), 1]);
    expect(await found(beyond)).toEqual([]);
    expect(await found(beyond, privacy({ predictions: 51 }))).toEqual(leak);
  });

  it('are those to the rows pinned for the model, where there are some', async () => {
    const record = asked([0]);
    const { key, versionId } = artifacts.write('holdout.csv', 'code,truth\n1,red\n');
    const holdout = {
      bucket: artifacts.name,
      key,
      versionId,
      sha256: sha256Hex(Buffer.from('')),
      evaluation: evaluation as Policy['holdout'] extends infer H
        ? H['evaluation' & keyof H]
        : never,
    };
    expect(await found(record, { holdout })).toHaveLength(2);
  });

  const golden = (code: number) => ({
    'golden.json': JSON.stringify({
      schema: 'assay.golden/v1',
      tolerance: 0,
      cases: [
        {
          name: 'one',
          request: { inputs: [{ name: 'code', shape: [1], datatype: 'INT64', data: [code] }] },
          expected: { outputs: [{ name: 'name', datatype: 'BYTES', shape: [1], data: ['red'] }] },
        },
      ],
    }),
  });

  it('are those to the golden cases where no rows are', async () => {
    expect(await found(leaky(golden(1), { goldenCases: 'golden.json' }))).toHaveLength(2);
    expect(await found(leaky(golden(0), { goldenCases: 'golden.json' }))).toEqual([]);
  });

  it('that nobody can ask for leave the gate undecided', async () => {
    const { checks } = await judge(leaky({}, {}));
    expect(checks.find(({ id }) => id === 'privacy.predictions')).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('neither rows nor golden cases'),
    });
  });

  it('of a model that does not open fail', async () => {
    const { checks } = await judge(example({ 'model.onnx': 'no model' }));
    expect(checks.find(({ id }) => id === 'privacy.predictions')).toMatchObject({
      verdict: 'fail',
      message: expect.stringContaining('does not open'),
    });
    expect(checks.find(({ id }) => id === 'privacy.unread')).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('model.onnx: not an ONNX file'),
    });
  });
});

describe('texts of the artifact', () => {
  it('fail in the model, its manifest and its other files', async () => {
    const files = { 'config.yaml': 'token: AKIAIOSFODNN7EXAMPLE\n' };
    const record = example(files, { tags: { contact: 'ann@example.org' } });
    expect((await judge(record)).failed).toEqual([
      ['privacy.artifact', undefined],
      ['privacy.artifact.aws-access-key', 'config.yaml'],
      ['privacy.artifact.email', 'manifest.json: tags.contact'],
    ]);
    const { failed } = await judge(leaky({}, {}));
    expect(failed).toContainEqual([
      'privacy.artifact.email',
      'model.onnx: TensorProto.string_data',
    ]);
  });

  it('may be as many violations as the policy tolerates', async () => {
    const owners = (count: number) => ({
      tags: Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`o${i}`, `ann${i}@example.org`]),
      ),
    });
    for (const [count, failing] of [
      [1, 0],
      [2, 0],
      [3, 4],
    ] as const) {
      const { failed } = await judge(example({}, owners(count)), privacy({ maxViolations: 2 }));
      expect(failed).toHaveLength(failing);
    }
  });

  it('are none in files of bytes, which are named in the evidence', async () => {
    const { failed, evidence } = await judge(example({ 'weights.bin': Uint8Array.of(0, 1, 255) }));
    expect(failed).toEqual([]);
    expect(evidence).toEqual({ withoutText: { count: 1, first: ['weights.bin: 3 bytes'] } });
  });
});

it('throws for files that changed since registration: a fault, not a finding', async () => {
  const record = example();
  for (const path of ['model.onnx', 'requirements.txt']) {
    const file = record.files.find((each) => each.path === path) as PinnedFile;
    artifacts.tamper(file, 'x'.repeat(file.size));
    await expect(judge(record)).rejects.toThrow(`${path} changed since registration`);
    artifacts.tamper(file, readFileSync(new URL(path, EXAMPLE)));
  }
});
