import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildSnapshot } from '#domain/gates/dependencies/osv/snapshot.ts';
import { DEFAULT_DEPENDENCY_POLICY } from '#domain/gates/dependencies/policy.ts';
import { verdictOf } from '#domain/gates/gate-result.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import { RUNTIME } from '../../../lambdas/dependency-documents.ts';
import { judgeDependencies } from '../../../lambdas/gates/judge-dependencies.ts';
import { MemoryAdvisories } from '../../support/memory-advisories.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { digestA, type Files, registered, sampleFiles } from '../../support/sample-release.ts';

const NOW = 1_790_000_000;
const EXAMPLES = new URL('../../../examples/advisories/', import.meta.url);
const examples = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, EXAMPLES), 'utf8')) as { id: string });

let artifacts: MemoryArtifacts;
let advisories: MemoryAdvisories;
beforeEach(() => {
  artifacts = new MemoryArtifacts();
  advisories = new MemoryAdvisories();
  advisories.use(buildSnapshot(examples, { takenAt: NOW, source: digestA }));
});

async function judge(files: Files, fields: Partial<Manifest> = {}, policy = {}) {
  const { release, record } = await registered(
    artifacts,
    new MemoryEvidence(),
    { ...sampleFiles, ...files },
    fields,
  );
  return judgeDependencies({ artifacts, advisories, nowSeconds: () => NOW })({
    release,
    record,
    policy: { ...DEFAULT_POLICY, dependencies: { ...DEFAULT_DEPENDENCY_POLICY, ...policy } },
  });
}
const verdict = async (...args: Parameters<typeof judge>) =>
  verdictOf((await judge(...args)).checks);
const failing = async (...args: Parameters<typeof judge>) =>
  (await judge(...args)).checks.filter((check) => check.verdict !== 'pass');

describe('the example advisories', () => {
  it('are all readable, and each is of one package', () => {
    expect(advisories.stored?.index).toMatchObject({
      counts: { records: 6, advisories: 6, packages: 6, withdrawn: 0 },
      unreadable: [],
    });
  });

  it.each([
    ['pyyaml==5.3.1', 'pyyaml==5.4', 'CVE-2020-14343'],
    ['requests==2.30.0', 'requests==2.31.0', 'CVE-2023-32681'],
    ['pillow==10.0.0', 'Pillow==10.0.1', 'PYSEC-2023-175'],
    ['joblib==1.1.1', 'joblib==1.2.0', 'CVE-2022-21797'],
    ['torch==1.13.0+cpu', 'torch==1.13.1', 'CVE-2022-45907'],
    ['assay-example-package==1.1', 'assay-example-package==1.2.0', 'ASSAY-EXAMPLE-0001'],
  ])('fail %s, pass %s, and name %s', async (vulnerable, mended, id) => {
    const found = await failing({ 'requirements.txt': vulnerable });
    expect(found.map((check) => check.verdict)).toEqual(['fail', 'fail']);
    expect(found[1]).toMatchObject({ observed: { id }, where: 'requirements.txt:1' });
    expect(await verdict({ 'requirements.txt': mended })).toBe('pass');
  });
});

describe('what is judged', () => {
  it('is nothing but the runtime, which opens a model that declares nothing', async () => {
    const { checks, evidence } = await judge({});
    expect(verdictOf(checks)).toBe('pass');
    const { version } = JSON.parse(
      readFileSync(
        new URL('../../../node_modules/onnxruntime-node/package.json', import.meta.url),
        'utf8',
      ),
    ) as { version: string };
    expect(RUNTIME[0]?.version).toBe(version);
    expect(evidence?.packages).toEqual([`pkg:pypi/onnxruntime@${version}`]);
  });

  it('is the runtime too: a vulnerability of it fails every model', async () => {
    const about = {
      id: 'GHSA-1',
      modified: '2026-01-01T00:00:00Z',
      affected: [
        {
          package: { ecosystem: 'PyPI', name: 'onnxruntime' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
        },
      ],
    };
    advisories.use(buildSnapshot([...examples, about], { takenAt: NOW, source: digestA }));
    expect(await verdict({})).toBe('fail');
  });

  it.each([
    ['the manifest', { 'needs/all.txt': 'pyyaml==5.3' }, { dependencies: 'needs/all.txt' }],
    [
      'the lineage',
      { 'train.txt': 'pyyaml==5.3' },
      { lineage: { environment: { dependencies: 'train.txt' } } },
    ],
    ['nobody', { 'deep/requirements.txt': 'pyyaml==5.3' }, {}],
  ])('is a document that is named by %s', async (_, files, fields) => {
    const { checks, evidence } = await judge(files, fields);
    expect(verdictOf(checks)).toBe('fail');
    expect(evidence?.documents).toEqual([
      { file: Object.keys(files)[0], format: 'requirements', packages: 1 },
    ]);
  });

  it('is every document: a clean one that is named does not hide another', async () => {
    const files = { 'clean.txt': 'pyyaml==6.0', 'requirements.txt': 'pyyaml==5.3' };
    expect(await verdict(files, { dependencies: 'clean.txt' })).toBe('fail');
  });

  it.each([
    ['a range', 'pyyaml>=5.4'],
    ['a file that is no text', Buffer.from('pyyaml==6.0', 'utf16le').fill(0xff, 0, 1)],
    ['a document without packages', '# none'],
  ])('is inconclusive for %s', async (_, text) => {
    expect(await verdict({ 'requirements.txt': text })).toBe('inconclusive');
  });

  it('is inconclusive beyond the limits, and nothing of the file is read', async () => {
    const large = Buffer.alloc(8_000_001, '#');
    artifacts.read = () => Promise.reject(new Error('read'));
    const [found] = await failing({ 'requirements.txt': large });
    expect(found).toMatchObject({ id: 'dependencies.declared', verdict: 'inconclusive' });
  });

  it('faults where the bytes are not those that were registered', async () => {
    const files = { ...sampleFiles, 'requirements.txt': 'pyyaml==5.3' };
    const { release, record } = await registered(artifacts, new MemoryEvidence(), files);
    const file = record.files.find(({ path }) => path === 'requirements.txt');
    if (!file) throw new Error('requirements.txt was not registered');
    artifacts.tamper(file, 'pyyaml==6.0');
    const judging = judgeDependencies({ artifacts, advisories, nowSeconds: () => NOW });
    await expect(judging({ release, record, policy: DEFAULT_POLICY })).rejects.toThrow(
      'requirements.txt has SHA-256',
    );
  });
});

describe('the snapshot', () => {
  it('is recorded with the verdict, by its digest and by that of the archive', async () => {
    const { evidence } = await judge({});
    expect(evidence?.snapshot).toEqual({
      digest: advisories.stored?.digest,
      source: digestA,
      takenAt: NOW,
    });
  });

  it('is read as far as packages need it, each shard once', async () => {
    await judge({
      'requirements.txt': 'pyyaml==6.0\nrequests==2.31.0',
      'b/requirements.txt': 'pyyaml==6.0',
    });
    expect(advisories.reads).toHaveLength(new Set(advisories.reads).size);
    expect(advisories.reads.length).toBeGreaterThan(0);
    expect(advisories.reads.length).toBeLessThan(
      Object.keys(advisories.stored?.index.shards ?? {}).length,
    );
  });

  it('that is missing leaves everything open', async () => {
    advisories.stored = undefined;
    const { checks, evidence } = await judge({});
    expect(verdictOf(checks)).toBe('inconclusive');
    expect(evidence?.snapshot).toBeNull();
  });

  it.each([
    [7, 'pass'],
    [7.001, 'inconclusive'],
  ])('of %d days is %s', async (days, expected) => {
    advisories.use(
      buildSnapshot(examples, { takenAt: Math.floor(NOW - days * 86_400), source: digestA }),
    );
    expect(await verdict({})).toBe(expected);
  });

  it('faults where a shard is not the one that the index names', async () => {
    for (const digest of advisories.shards.keys()) advisories.shards.set(digest, Buffer.from('{}'));
    await expect(judge({ 'requirements.txt': 'pyyaml==5.3' })).rejects.toThrow(
      'shard of advisories',
    );
  });
});

it('judges by the policy it is given', async () => {
  expect(await verdict({ 'requirements.txt': 'pyyaml==5.3' }, {}, { maxVulnerabilities: 1 })).toBe(
    'pass',
  );
  expect(await verdict({ 'requirements.txt': 'pyyaml==6.0' }, {}, { requireHashes: true })).toBe(
    'inconclusive',
  );
});
