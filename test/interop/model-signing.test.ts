import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signArtifact } from '#domain/signing/signer.ts';
import { MODEL_SIGNING, modelSigningVerify } from '../support/model-signing.ts';
import { P256Key } from '../support/p256-key.ts';
import { stockPython } from '../support/stock-python.ts';

/** Names chosen to sort differently by code point, by UTF-16 unit and by path component. */
const contents: Readonly<Record<string, string>> = {
  'manifest.json': '{}',
  'a-b': 'one',
  'a/b': 'two',
  '\uff21.bin': 'three',
  '\u{1f600}.bin': 'four',
  'sub/.git/config': 'five',
  'with space/é.txt': 'six',
  empty: '',
};
const unsigned = { '.gitignore': 'x', '.git/config': 'y', '.github/ci.yml': 'z' };
const key = new P256Key();
let dir = '';

function write(path: string, content: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), content);
}

beforeAll(async () => {
  await stockPython(MODEL_SIGNING);
}, 300_000);

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'assay-interop-'));
  for (const [path, content] of Object.entries({ ...contents, ...unsigned })) write(path, content);
  const files = Object.entries(contents).map(([path, content]) => ({
    path,
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  const { bundle } = await signArtifact('churn', files, key);
  write('model.sig', bundle);
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

const verdict = (publicKeyPem = key.pem) =>
  modelSigningVerify({ dir, publicKeyPem, signaturePath: join(dir, 'model.sig') });

describe('the stock model_signing', () => {
  it('accepts a directory that we signed', async () => {
    expect(await verdict()).toEqual({ accepted: true, output: 'Verification succeeded\n' });
  }, 30_000);

  it('refuses it when one byte of a file is flipped', async () => {
    const bytes = readFileSync(join(dir, 'a/b'));
    bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
    writeFileSync(join(dir, 'a/b'), bytes);
    expect(await verdict()).toEqual({
      accepted: false,
      output: expect.stringContaining("Hash mismatch for 'a/b'"),
    });
  }, 30_000);

  it('refuses it with one file more', async () => {
    write('new.bin', '');
    expect(await verdict()).toEqual({
      accepted: false,
      output: expect.stringContaining('Extra files found'),
    });
  }, 30_000);

  it('refuses it under another key', async () => {
    expect(await verdict(new P256Key().pem)).toEqual({
      accepted: false,
      output: expect.stringContaining('Key mismatch'),
    });
  }, 30_000);
});
