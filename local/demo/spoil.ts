import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatasetContract } from '#domain/gates/dataset/contract.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { MANIFEST_FILE, type Manifest } from '#domain/registry/manifest.ts';

/** What of an artifact becomes otherwise, by path: new bytes, made from the old where there are any. */
export type Changes = Readonly<Record<string, (before: Buffer | undefined) => string | Buffer>>;

/**
 * Copies an artifact as another version of its model, with some files changed or added.
 * @returns the copy's folder
 */
export function spoiled(
  artifact: string,
  folder: string,
  version: string,
  changes: Changes,
): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(artifact, folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(folder, MANIFEST_FILE), 'utf8')) as Manifest;
  const files = new Map(manifest.files.map((file) => [file.path, file]));
  for (const [path, change] of Object.entries(changes)) {
    const before = files.has(path) ? readFileSync(join(folder, path)) : undefined;
    const bytes = Buffer.from(change(before));
    writeFileSync(join(folder, path), bytes);
    files.set(path, { path, sha256: sha256Hex(bytes), size: bytes.length });
  }
  const changed = { ...manifest, version, files: [...files.values()] };
  writeFileSync(join(folder, MANIFEST_FILE), JSON.stringify(changed, null, 2));
  return folder;
}

/** A pickle that runs a command when it is loaded: `os.system('id')`, protocol 0. */
export const POISONED: Changes = {
  'notes.txt': () => "cos\nsystem\n(S'id'\ntR.",
};

/** A release of PyYAML that runs code of an untrusted file: CVE-2020-14343. */
export const VULNERABLE: Changes = {
  'requirements.txt': (before) => `${before}pyyaml==5.3.1\n`,
};

/** Training rows that still name the patients they are of. */
export const PERSONAL: Changes = {
  'training.csv': (before) =>
    String(before)
      .trimEnd()
      .split('\n')
      .map((line, row) => (row === 0 ? `contact,${line}` : `${patient(row)},${line}`))
      .join('\n'),
  'contract.json': (before) => {
    const contract = JSON.parse(String(before)) as DatasetContract;
    const contact = { name: 'contact', type: 'text', nullable: false } as const;
    return JSON.stringify({
      ...contract,
      columns: [contact, ...contract.columns],
      identifiers: ['contact'],
    });
  },
};

/** The loans of the example, as if they were collected today: their contract names a fixed day. */
export const OF_TODAY: Changes = {
  'contract.json': (before) => {
    const contract = JSON.parse(String(before)) as DatasetContract;
    return JSON.stringify({ ...contract, collected: new Date().toISOString().slice(0, 10) });
  },
};

/** Weights that answer NaN beyond what the model was trained on. */
export const BRITTLE: Changes = {
  'model.onnx': () => readFileSync('examples/rollout/brittle.onnx'),
};

const patient = (row: number): string => `patient.${row}@clinic-${row % 7}.org`;
