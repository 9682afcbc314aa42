import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '#domain/registry/digest.ts';
import type { Manifest } from '#domain/registry/manifest.ts';

/** A pickle that runs a command when it is loaded: `os.system('id')`, protocol 0. */
const PICKLE = Buffer.from("cos\nsystem\n(S'id'\ntR.");

/**
 * Copies an artifact as a new version with one more file: a pickle that calls itself a text.
 * @returns the copy's folder
 */
export function poisoned(artifact: string, folder: string, version: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(artifact, folder, { recursive: true });
  writeFileSync(join(folder, 'notes.txt'), PICKLE);
  const file = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  const listed = { path: 'notes.txt', sha256: sha256Hex(PICKLE), size: PICKLE.length };
  writeFileSync(
    file,
    JSON.stringify({ ...manifest, version, files: [...manifest.files, listed] }, null, 2),
  );
  return folder;
}
