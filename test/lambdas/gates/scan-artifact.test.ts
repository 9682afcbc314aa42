import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import { scanArtifact } from '../../../lambdas/gates/scan-artifact.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { releaseOf, versionRecord } from '../../support/sample-release.ts';

const EXAMPLES = new URL('../../../examples/breast-cancer/', import.meta.url);
const VERSIONS = readdirSync(EXAMPLES).filter((name) => /^\d/.test(name));

let artifacts: MemoryArtifacts;
beforeEach(() => {
  artifacts = new MemoryArtifacts();
});

function stored(version: string, more: Readonly<Record<string, Uint8Array>> = {}): ArtifactRecord {
  const folder = new URL(`${version}/`, EXAMPLES);
  const bytes = { ...more };
  for (const path of readdirSync(folder)) bytes[path] = readFileSync(new URL(path, folder));
  const files: PinnedFile[] = Object.entries(bytes).map(([path, body]) => ({
    path,
    sha256: sha256Hex(body),
    size: body.length,
    ...artifacts.write(path, body),
  }));
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8'));
  const digest = sha256Hex(Buffer.from(version));
  return { schema: 'assay.artifact/v1', digest, bucket: artifacts.name, files, manifest };
}

const judge = (record: ArtifactRecord, clock = () => 0) =>
  scanArtifact({ artifacts, clock })({
    record,
    release: releaseOf(versionRecord({ digest: record.digest as Digest })),
    policy: DEFAULT_POLICY,
  });

it.each(VERSIONS)('passes every file of the example %s, and reads all of it', async (version) => {
  const record = stored(version);
  const { checks, evidence } = await judge(record);
  expect(checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  const present = record.files.reduce((sum, { size }) => sum + size, 0);
  expect(evidence?.coverage).toEqual({ parsed: present, present });
});

it('fails an artifact that hides a pickle which runs a command, under whatever name', async () => {
  // cos\nsystem\n(S'id'\ntR. : protocol 0, REDUCE of os.system
  const pickle = Buffer.from("cos\nsystem\n(S'id'\ntR.");
  const { checks } = await judge(stored('1.0.0-baseline', { 'notes.txt': pickle }));
  expect(checks[0]).toMatchObject({ verdict: 'fail', where: expect.stringContaining('notes.txt') });
});

it('is inconclusive about bytes that nobody can parse', async () => {
  const noise = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 197 + 13) % 256));
  const { checks } = await judge(stored('1.0.0-baseline', { 'weights.bin': noise }));
  expect(checks[0]).toMatchObject({ verdict: 'inconclusive' });
});

it('is inconclusive about what it had no time to read', async () => {
  let now = 0;
  const { checks } = await judge(stored('1.0.0-baseline'), () => (now += 10 * 60_000));
  expect(checks[0]).toMatchObject({ id: 'scan.time', verdict: 'inconclusive' });
});
