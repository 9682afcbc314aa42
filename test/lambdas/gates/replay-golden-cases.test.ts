import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import { replayGoldenCases } from '../../../lambdas/gates/replay-golden-cases.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { releaseOf, versionRecord } from '../../support/sample-release.ts';

const EXAMPLE = new URL('../../../examples/breast-cancer/1.0.0-baseline/', import.meta.url);

let artifacts: MemoryArtifacts;
beforeEach(() => {
  artifacts = new MemoryArtifacts();
});

/** The example in the bucket, with other bytes for some of its files. */
function stored(
  override: Readonly<Record<string, string | Uint8Array>> = {},
  change: (manifest: Manifest) => Manifest = (manifest) => manifest,
): ArtifactRecord {
  const files: PinnedFile[] = readdirSync(EXAMPLE).map((path) => {
    const body = Buffer.from(override[path] ?? readFileSync(new URL(path, EXAMPLE)));
    return { path, sha256: sha256Hex(body), size: body.length, ...artifacts.write(path, body) };
  });
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', EXAMPLE), 'utf8'));
  const digest = sha256Hex(Buffer.from('example'));
  return {
    schema: 'assay.artifact/v1',
    digest,
    bucket: artifacts.name,
    files,
    manifest: change(manifest),
  };
}

const judge = (record: ArtifactRecord) =>
  replayGoldenCases(artifacts)({
    record,
    release: releaseOf(versionRecord({ digest: record.digest as Digest })),
    policy: DEFAULT_POLICY,
  });

const golden = JSON.parse(readFileSync(new URL('golden.json', EXAMPLE), 'utf8'));

it('passes the answers that the trainer wrote down, through the serving code', async () => {
  const { checks } = await judge(stored());
  expect(checks[0]).toMatchObject({ verdict: 'pass', observed: 1, threshold: 1 });
  expect(checks).toHaveLength(golden.cases.length + 1);
});

it('fails one answer that is off by more than the tolerance, and names its case', async () => {
  const cases = structuredClone(golden.cases);
  cases[1].expected.outputs[1].data[0] += 2 * golden.tolerance;
  const { checks } = await judge(stored({ 'golden.json': JSON.stringify({ ...golden, cases }) }));
  expect(checks[0]).toMatchObject({ verdict: 'fail', threshold: 1 });
  expect(checks.find(({ verdict, where }) => verdict === 'fail' && where)).toMatchObject({
    where: cases[1].name,
  });
});

it('fails a request that serving would refuse', async () => {
  const cases = structuredClone(golden.cases);
  cases[0].request.inputs[0].shape = [1, 29];
  const { checks } = await judge(stored({ 'golden.json': JSON.stringify({ ...golden, cases }) }));
  expect(checks[1]).toMatchObject({ verdict: 'fail', message: expect.stringContaining('shape') });
});

it('fails every case of a model that does not open', async () => {
  const { checks } = await judge(stored({ 'model.onnx': 'no model' }));
  expect(checks[0]).toMatchObject({ verdict: 'fail', observed: 0 });
  expect(checks[1]?.message).toContain('does not open');
});

it('is inconclusive without cases, or with cases that cannot be read', async () => {
  const none = await judge(stored({}, ({ goldenCases: _, ...manifest }) => manifest));
  expect(none.checks).toMatchObject([{ verdict: 'inconclusive' }]);
  const broken = await judge(stored({ 'golden.json': '{' }));
  expect(broken.checks).toMatchObject([{ verdict: 'inconclusive' }]);
});

it('throws for files that changed since registration: a fault, not a finding', async () => {
  const record = stored();
  const model = record.files.find(({ path }) => path === 'model.onnx') as PinnedFile;
  artifacts.tamper(model, 'other');
  await expect(judge(record)).rejects.toThrow('model.onnx changed since registration');
});
