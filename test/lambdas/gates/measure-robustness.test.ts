import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '#domain/gates/policy.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import { measureRobustness } from '../../../lambdas/gates/measure-robustness.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { releaseOf, versionRecord } from '../../support/sample-release.ts';

const EXAMPLES = new URL('../../../examples/breast-cancer/', import.meta.url).pathname;

/** An example's files in the bucket, with what `change` makes of its manifest. */
function stored(
  artifacts: MemoryArtifacts,
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

const judge = (
  artifacts: MemoryArtifacts,
  record: ArtifactRecord,
  { now = () => performance.now(), policy = DEFAULT_POLICY as Policy } = {},
) => {
  const subject = { tenant: 'acme', model: 'breast-cancer', digest: record.digest as Digest };
  const release = releaseOf(versionRecord(subject));
  return measureRobustness({ artifacts, now })({ release, record, policy });
};

it.each(['1.0.0-baseline', '1.1.0-better', '1.1.1-schema-breaker'])(
  'passes %s by the default policy',
  async (example) => {
    const artifacts = new MemoryArtifacts();
    const { checks, evidence } = await judge(artifacts, stored(artifacts, example));
    expect(checks.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['robustness.evaluation', 'pass'],
      ['robustness.noise', 'pass'],
      ['robustness.missing-feature', 'pass'],
      ['robustness.hard-negatives', 'pass'],
      ['robustness.trigger-signal', 'pass'],
    ]);
    expect(evidence).toMatchObject({ rows: 228, noise: { ok: true }, triggers: { ok: true } });
  },
);

it('fails the version that was trained on shuffled labels', async () => {
  const artifacts = new MemoryArtifacts();
  const { checks } = await judge(artifacts, stored(artifacts, '1.2.0-worse'));
  const failed = checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
  expect(failed).toEqual(['robustness.hard-negatives']);
});

it('fails a version whose answers a tighter policy does not put up with', async () => {
  const artifacts = new MemoryArtifacts();
  const policy = {
    ...DEFAULT_POLICY,
    robustness: { ...DEFAULT_POLICY.robustness, attackSd: 1, flipShareMax: 0.1 },
  };
  const { checks } = await judge(artifacts, stored(artifacts, '1.1.0-better'), { policy });
  expect(checks.find(({ id }) => id === 'robustness.hard-negatives')).toMatchObject({
    verdict: 'fail',
    message: expect.stringContaining('turn the answers to at least'),
  });
});

it('gives a repeated judgement the same numbers', async () => {
  const artifacts = new MemoryArtifacts();
  const record = stored(artifacts, '1.0.0-baseline');
  expect(await judge(artifacts, record)).toEqual(await judge(artifacts, record));
});

it('stops when its time is over, and what it lacks is inconclusive', async () => {
  const artifacts = new MemoryArtifacts();
  let minutes = 0;
  const now = () => {
    minutes += 1;
    return minutes * 60_000;
  };
  const { checks } = await judge(artifacts, stored(artifacts, '1.0.0-baseline'), { now });
  expect(checks.map(({ verdict }) => verdict)).toContain('inconclusive');
  expect(checks.at(-1)).toMatchObject({
    verdict: 'inconclusive',
    message: expect.stringContaining('not answered within 9 minutes'),
  });
});

it('does not decide without rows to judge by', async () => {
  const artifacts = new MemoryArtifacts();
  const record = stored(artifacts, '1.1.0-better', ({ evaluation: _, ...manifest }) => manifest);
  expect((await judge(artifacts, record)).checks).toMatchObject([
    { id: 'robustness.evaluation', verdict: 'inconclusive' },
  ]);
});

it('does not open weights that changed since registration', async () => {
  const artifacts = new MemoryArtifacts();
  const record = stored(artifacts, '1.1.0-better');
  const model = record.files.find(({ path }) => path === 'model.onnx') as PinnedFile;
  artifacts.tamper(model, 'other weights');
  expect((await judge(artifacts, record)).checks).toMatchObject([
    { verdict: 'fail', message: expect.stringContaining('model.onnx changed') },
  ]);
});
