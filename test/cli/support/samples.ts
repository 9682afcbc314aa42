import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

const IO = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
};

/** Writes files and the manifest that lists them; returns the manifest's text. */
export async function writeArtifact(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const manifest = JSON.stringify({
    schema: 'assay.manifest/v1',
    name: 'iris',
    version: '1.0.0',
    format: 'onnx',
    entrypoint: 'model.onnx',
    files: Object.entries(files).map(([path, content]) => ({
      path,
      sha256: sha256(content),
      size: Buffer.byteLength(content),
    })),
    io: IO,
    ...more,
  });
  await writeFile(join(folder, 'manifest.json'), manifest);
  return manifest;
}

/** Hex root digest by OMS: SHA-256 of the raw digests of all files in order of path. */
export const digestOf = (files: Readonly<Record<string, Uint8Array | string>>): string =>
  createHash('sha256')
    .update(
      Buffer.concat(
        Object.keys(files)
          .sort()
          .map((path) => Buffer.from(sha256(files[path] ?? ''), 'hex')),
      ),
    )
    .digest('hex');

const NO_CHECKS = { pass: 0, inconclusive: 0, error: 0, fail: 0 };

export const gate = (name: string, verdict = 'pass', checks: readonly object[] = []) => ({
  gate: name,
  verdict,
  counts: { ...NO_CHECKS, [verdict]: 3 },
  durationMs: 420,
  checks,
});

/** A version as the API tells it; `state` and the rest as given. */
export const version = (more: Readonly<Record<string, unknown>> = {}) => ({
  model: 'iris',
  version: '1.0.0',
  ordinal: 1,
  digest: 'ab'.repeat(32),
  state: 'VALIDATION',
  submitter: 'dora',
  createdAt: '2026-03-01T10:00:00.000Z',
  updatedAt: '2026-03-01T10:00:00.000Z',
  signed: true,
  admitted: false,
  gates: [],
  history: [{ at: '2026-03-01T10:00:00.000Z', to: 'VALIDATION', actor: 'dora' }],
  ...more,
});

export const approval = (more: Readonly<Record<string, unknown>> = {}) => ({
  id: 'ap-1',
  status: 'OPEN',
  model: 'iris',
  version: '1.0.0',
  digest: 'ab'.repeat(32),
  policyHash: 'cd'.repeat(32),
  quorum: 2,
  approvers: [],
  submitter: 'dora',
  expiresAt: '2126-03-04T10:00:00.000Z',
  evidence: [{ gate: 'schema', verdict: 'pass', counts: NO_CHECKS }],
  ...more,
});
