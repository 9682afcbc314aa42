import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReferenceProfile } from '#domain/gates/performance/reference-profile.ts';
import { DEFAULT_POLICY, type Policy } from '#domain/gates/policy.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import { artifactRecordKey, referenceProfileKey } from '#domain/registry/evidence-key.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { Route } from '#domain/registry/version-record.ts';
import { measurePerformance } from '../../../lambdas/gates/measure-performance.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { bundleMemoryChild, type MemoryChild } from '../../support/memory-child.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { releaseOf, versionRecord } from '../../support/sample-release.ts';

const EXAMPLES = new URL('../../../examples/breast-cancer/', import.meta.url).pathname;
const MODEL = { tenant: 'acme', model: 'breast-cancer' };

let child: MemoryChild;
beforeAll(async () => {
  child = await bundleMemoryChild();
});
afterAll(() => child.remove());

let artifacts: MemoryArtifacts;
let evidence: MemoryEvidence;
let route: Route | undefined;
let champion: ReturnType<typeof versionRecord> | undefined;
beforeEach(() => {
  artifacts = new MemoryArtifacts();
  evidence = new MemoryEvidence();
  route = undefined;
  champion = undefined;
});

/** An example's files in the bucket, with what `change` makes of its manifest. */
function stored(
  example: string,
  change: (manifest: Manifest) => Manifest = (manifest) => manifest,
): ArtifactRecord {
  const files: PinnedFile[] = readdirSync(`${EXAMPLES}${example}`).map((path) => {
    const body = readFileSync(`${EXAMPLES}${example}/${path}`);
    const at = artifacts.write(`${example}/${path}`, body);
    return { path, sha256: sha256Hex(body), size: body.length, ...at };
  });
  const manifest = JSON.parse(readFileSync(`${EXAMPLES}${example}/manifest.json`, 'utf8'));
  return {
    schema: 'assay.artifact/v1',
    digest: sha256Hex(Buffer.from(example)),
    bucket: artifacts.name,
    files,
    manifest: change(manifest),
  };
}

async function inProduction(example: string, version: string): Promise<void> {
  const record = stored(example);
  const digest = record.digest as Digest;
  const subject = { ...MODEL, version };
  const artifact = await evidence.putJson(artifactRecordKey(subject, digest), record);
  champion = versionRecord({ ...subject, digest, artifact, state: 'PRODUCTION' });
  route = { ...MODEL, generation: 1, stable: { version, digest }, updatedAt: champion.updatedAt };
}

async function judge(record: ArtifactRecord, policy: Policy = DEFAULT_POLICY) {
  const ports = {
    artifacts,
    evidence,
    childPath: child.path,
    registry: { route: async () => route, version: async () => champion },
  };
  const release = releaseOf(versionRecord({ ...MODEL, digest: record.digest as Digest }));
  const judgement = await measurePerformance(ports)({ release, record, policy });
  const { checks, evidence: found, labels } = judgement;
  const verdicts = Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]));
  return { checks, verdicts, found, labels };
}

const PASSES = {
  'performance.evaluation': 'pass',
  'performance.accuracy-floor': 'pass',
  'performance.accuracy-ratio': 'pass',
  'performance.calibration': 'pass',
  'performance.latency': 'pass',
  'performance.memory': 'pass',
  'performance.slices': 'pass',
  'performance.fairness': 'pass',
  'performance.reference-profile': 'pass',
};

it('measures the accuracy that the trainer measured on the same rows', async () => {
  const record = stored('1.1.0-better');
  const { checks, verdicts } = await judge(record);
  expect(verdicts).toEqual(PASSES);
  const accuracy = checks.find(({ id }) => id === 'performance.accuracy-floor');
  expect(accuracy?.observed).toBeCloseTo(record.manifest.metrics?.accuracy ?? 0, 6);
});

it('measures the version in production in the same run and compares with it', async () => {
  await inProduction('1.0.0-baseline', '1.0.0');
  const { verdicts, found } = await judge(stored('1.1.0-better'));
  expect(verdicts).toEqual(PASSES);
  expect(found).toMatchObject({ baselineVersion: '1.0.0', baseline: { quality: { ok: true } } });
});

it('fails a version that is worse than production, for each reason', async () => {
  await inProduction('1.1.0-better', '1.1.0');
  const { verdicts } = await judge(stored('1.2.0-worse'));
  expect(verdicts).toMatchObject({
    'performance.accuracy-floor': 'fail',
    'performance.accuracy-ratio': 'fail',
    'performance.calibration': 'fail',
  });
});

it('judges by the pinned rows, whatever rows the artifact brings', async () => {
  const pinned = stored('1.0.0-baseline');
  const file = pinned.files.find(({ path }) => path === 'evaluation.csv') as PinnedFile;
  const record = stored('1.1.0-better', ({ evaluation: _, ...manifest }) => manifest);
  const evaluation = pinned.manifest.evaluation;
  if (!evaluation) throw new Error('the example has no evaluation set');
  const holdout = { bucket: artifacts.name, ...file, evaluation };
  const { key, versionId, sha256, bucket } = holdout;
  const policy = { ...DEFAULT_POLICY, holdout: { bucket, key, versionId, sha256, evaluation } };
  const { verdicts, found } = await judge(record, policy);
  expect(verdicts).toEqual(PASSES);
  expect(found).toMatchObject({ holdout: sha256 });

  artifacts.tamper(file, 'a,b\n1,2\n');
  const altered = await judge(record, policy);
  expect(altered.checks).toEqual([
    {
      id: 'performance.evaluation',
      verdict: 'error',
      message: expect.stringContaining('changed since it was pinned'),
    },
  ]);
});

it('keeps the reference profile of drift beside its result, which names its hash', async () => {
  const record = stored('1.1.0-better');
  const { checks, found, labels } = await judge(record);
  const release = releaseOf(versionRecord({ ...MODEL, digest: record.digest as Digest }));
  const key = referenceProfileKey(release, release.digest, release.policyHash);
  const profile = ReferenceProfile.parse(JSON.parse(evidence.text(key)));
  expect(found?.referenceProfile).toMatchObject({
    key,
    sha256: sha256Hex(Buffer.from(evidence.text(key))),
  });
  expect(profile).toMatchObject({ rows: 228, omitted: 0 });
  expect(profile.features.map(({ name }) => name)).toEqual(record.manifest.io.inputs[0]?.features);
  const { predictions } = profile;
  const classes = predictions?.kind === 'classes' ? predictions.classes : [];
  expect(labels?.toSorted()).toEqual(classes.map(({ label }) => label).toSorted());
  expect(checks.at(-1)?.message).toBe('made from 228 judging rows: 30 features');
});

describe('a declared reference distribution', () => {
  const declaring = (body: string) => {
    const file = {
      path: 'reference.json',
      sha256: sha256Hex(Buffer.from(body)),
      size: body.length,
    };
    const record = stored('1.1.0-better', (manifest) => ({
      ...manifest,
      referenceDistribution: file.path,
    }));
    const at = artifacts.write(file.path, body);
    return { ...record, files: [...record.files, { ...file, ...at }] };
  };
  const judged = async (record: ArtifactRecord) => (await judge(record)).checks.at(-1);

  it('is compared with the judging rows', async () => {
    const record = stored('1.1.0-better');
    await judge(record);
    const release = releaseOf(versionRecord({ ...MODEL, digest: record.digest as Digest }));
    const made = evidence.text(referenceProfileKey(release, release.digest, release.policyHash));
    expect(await judged(declaring(made))).toMatchObject({
      verdict: 'pass',
      where: 'referenceDistribution',
      observed: 0,
    });
  });

  it('decides nothing when it is no JSON, and fails when it was exchanged', async () => {
    expect(await judged(declaring('{'))).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('reference.json is no JSON'),
    });
    const record = declaring('{}');
    const large = record.files.map((file) =>
      file.path === 'reference.json' ? { ...file, size: 16 * 1024 * 1024 + 1 } : file,
    );
    expect(await judged({ ...record, files: large })).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('expected at most 16777216'),
    });
    artifacts.tamper(record.files.at(-1) as PinnedFile, '[]');
    expect(await judged(record)).toMatchObject({
      verdict: 'fail',
      message: expect.stringContaining('reference.json changed since registration'),
    });
  });
});

it('judges slices and protected groups by columns of the judging rows', async () => {
  const record = stored('1.1.0-better', (manifest) => ({
    ...manifest,
    evaluation: manifest.evaluation && {
      ...manifest.evaluation,
      slices: ['mean_radius'],
      protectedAttributes: ['mean_texture'],
    },
  }));
  const { checks, found } = await judge(record);
  const slices = checks.filter(({ id }) => id === 'performance.slices');
  expect(slices.map(({ where }) => where)).toEqual(['mean_radius', 'mean_texture']);
  expect(found).toMatchObject({ slices: { mean_radius: { slices: { length: 4 } } } });
  // Texture tells the classes apart, so that its quartiles cannot be treated alike.
  const rate = checks.find(({ id }) => id === 'performance.selection-rate');
  expect(rate).toMatchObject({ verdict: 'fail', where: 'mean_texture' });
});

it('does not decide without rows to judge by', async () => {
  const record = stored('1.1.0-better', ({ evaluation: _, ...manifest }) => manifest);
  expect((await judge(record)).checks).toEqual([
    {
      id: 'performance.evaluation',
      verdict: 'inconclusive',
      message: expect.stringContaining('add "evaluation" to the manifest'),
    },
  ]);
});

it('does not open weights that changed since registration', async () => {
  const record = stored('1.1.0-better');
  const model = record.files.find(({ path }) => path === 'model.onnx') as PinnedFile;
  artifacts.tamper(model, 'other weights');
  expect((await judge(record)).checks).toMatchObject([
    { verdict: 'fail', message: expect.stringContaining('model.onnx of the candidate changed') },
  ]);
});

it('is inconclusive about latency and quality when production cannot be measured', async () => {
  await inProduction('1.0.0-baseline', '1.0.0');
  const weights = readFileSync(`${EXAMPLES}1.0.0-baseline/model.onnx`);
  artifacts.tamper({ key: '1.0.0-baseline/model.onnx', versionId: '1' }, weights.subarray(9));
  const { verdicts } = await judge(stored('1.1.0-better'));
  expect(verdicts).toMatchObject({
    'performance.accuracy-floor': 'pass',
    'performance.accuracy-ratio': 'inconclusive',
    'performance.latency': 'inconclusive',
  });
});

it('says where a CSV is none', async () => {
  const record = stored('1.1.0-better');
  const at = record.files.findIndex(({ path }) => path === 'evaluation.csv');
  const body = 'a,b\n1,2,3\n';
  const broken = {
    path: 'evaluation.csv',
    sha256: sha256Hex(Buffer.from(body)),
    size: body.length,
  };
  const files = record.files.with(at, { ...broken, ...artifacts.write('evaluation.csv', body) });
  expect((await judge({ ...record, files })).checks).toMatchObject([
    { verdict: 'inconclusive', message: expect.stringContaining('is no CSV') },
  ]);
});
