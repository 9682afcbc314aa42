import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '#domain/registry/manifest.ts';

export type ExampleVersion = '1.0.0-baseline' | '1.1.0-better' | '1.2.0-worse';

/** A copy of an example as a model of its own, so that tests do not meet in the registry. */
export function artifactOf(
  model: string,
  example: ExampleVersion = '1.0.0-baseline',
  change: (manifest: Manifest) => Manifest = (manifest) => manifest,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-e2e-'));
  cpSync(new URL(`../../../examples/breast-cancer/${example}`, import.meta.url), folder, {
    recursive: true,
  });
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  saveManifest(folder, change({ ...manifest, name: model }));
  return folder;
}

export function saveManifest(folder: string, manifest: unknown): void {
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));

/** Rewrites one file and the manifest's entry of it. */
export function replaceFile(folder: string, path: string, bytes: Uint8Array): void {
  writeFileSync(join(folder, path), bytes);
  const manifest = readManifest(folder);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  saveManifest(folder, {
    ...manifest,
    files: manifest.files.map((file) =>
      file.path === path ? { path, sha256, size: bytes.length } : file,
    ),
  });
}

export const filesOf = (folder: string): string[] => readdirSync(folder).sort();
