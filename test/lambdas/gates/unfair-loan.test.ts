import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import type { PinnedFile } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { parseManifest } from '#domain/registry/manifest.ts';
import { measurePerformance } from '../../../lambdas/gates/measure-performance.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { bundleMemoryChild, type MemoryChild } from '../../support/memory-child.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { releaseOf, versionRecord } from '../../support/sample-release.ts';

const EXAMPLES = new URL('../../../examples/unfair-loan/', import.meta.url).pathname;

let child: MemoryChild;
beforeAll(async () => {
  child = await bundleMemoryChild();
});
afterAll(() => child.remove());

async function judge(example: string) {
  const artifacts = new MemoryArtifacts();
  const files = readdirSync(`${EXAMPLES}${example}`).map((path): PinnedFile => {
    const body = readFileSync(`${EXAMPLES}${example}/${path}`);
    return { path, sha256: sha256Hex(body), size: body.length, ...artifacts.write(path, body) };
  });
  const parsed = parseManifest(readFileSync(`${EXAMPLES}${example}/manifest.json`, 'utf8'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const digest = sha256Hex(Buffer.from(example));
  const { manifest } = parsed;
  const { checks } = await measurePerformance({
    artifacts,
    evidence: new MemoryEvidence(),
    childPath: child.path,
    registry: { route: async () => undefined, version: async () => undefined },
  })({
    release: releaseOf(versionRecord({ tenant: 'acme', model: 'loan', digest })),
    record: { schema: 'assay.artifact/v1', digest, bucket: artifacts.name, files, manifest },
    policy: DEFAULT_POLICY,
  });
  return {
    refused: checks.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id),
    checks,
  };
}

it('passes the fair model in everything', async () => {
  const { refused, checks } = await judge('1.0.0-fair');
  expect(refused).toEqual([]);
  expect(checks.filter(({ where }) => where === 'origin').map(({ id }) => id)).toEqual([
    'performance.slices',
    'performance.selection-rate',
    'performance.equal-opportunity',
    'performance.equalized-odds',
  ]);
});

it('refuses the unfair model for nothing but its fairness, and says of whom', async () => {
  const { refused, checks } = await judge('1.1.0-unfair');
  expect(refused).toEqual([
    'performance.selection-rate',
    'performance.equal-opportunity',
    'performance.equalized-odds',
  ]);
  const rate = checks.find(({ id }) => id === 'performance.selection-rate');
  expect(rate).toMatchObject({ verdict: 'fail', threshold: 0.8, where: 'origin' });
  expect(rate?.observed).toBeCloseTo(0.6809, 4);
  expect(rate?.message).toContain('where origin is abroad');
});

it('refuses the miscalibrated model for nothing but its calibration', async () => {
  expect((await judge('1.2.0-miscalibrated')).refused).toEqual(['performance.calibration']);
});
