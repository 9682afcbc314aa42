import { createVerify } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { modelSigningVerify } from '../support/model-signing.ts';
import { sigstoreVerify } from '../support/sigstore.ts';
import { artifactOf } from './support/artifact.ts';
import { api, assay } from './support/assay.ts';
import { approvalIdOf } from './support/registry.ts';
import { mapPerson, upload } from './support/upload.ts';

const MODEL = 'signature';
const PRINCIPAL = 'AROASIGNATURE:ci';
const dir = join(mkdtempSync(join(tmpdir(), 'assay-signed-')), 'model');
const publicKey = `${dir}.pem`;

beforeAll(async () => {
  await mapPerson(PRINCIPAL, 'ci', ['data_scientist']);
  await upload(artifactOf(MODEL), { principal: PRINCIPAL, model: MODEL });
  await approvalIdOf(MODEL, '1.0.0');
  expect(await assay('submitter', 'download', `${MODEL}@1.0.0`, dir)).toMatchObject({ code: 0 });
  const { body } = await api('submitter', 'GET', '/governance/keys');
  writeFileSync(publicKey, (body.artifact as { pem: string }).pem);
});

it('is accepted by stock model_signing, until one byte changes', async () => {
  const signed = {
    dir,
    publicKeyPem: readFileSync(publicKey, 'utf8'),
    signaturePath: join(dir, 'model.sig'),
  };
  expect(await modelSigningVerify(signed)).toMatchObject({ accepted: true });
  flip('golden.json');
  expect(await modelSigningVerify(signed)).toMatchObject({ accepted: false });
  flip('golden.json');
});

it('is accepted by @sigstore/verify', async () => {
  const { body } = await api('submitter', 'GET', '/governance/keys');
  const { pem, hint } = body.artifact as { pem: string; hint: string };
  expect(sigstoreVerify(readFileSync(join(dir, 'model.sig'), 'utf8'), pem, hint)).toBe(pem);
});

it('is verified by the CLI without a network, until one byte changes', async () => {
  const verify = () => assay('submitter', 'verify', dir, '--public-key', publicKey);
  expect(await verify()).toMatchObject({ code: 0 });
  flip('model.onnx');
  const { code, json } = await verify();
  expect(code).toBe(1);
  expect(JSON.stringify(json)).toContain("'model.onnx' has changed since it was signed");
  flip('model.onnx');
});

it('is verified by OpenSSL, in Node, from the PAE alone', () => {
  const { dsseEnvelope } = JSON.parse(readFileSync(join(dir, 'model.sig'), 'utf8'));
  const payload = Buffer.from(dsseEnvelope.payload, 'base64');
  const header = `DSSEv1 28 application/vnd.in-toto+json ${payload.length} `;
  const verifier = createVerify('sha256').update(header).update(payload);
  const signature = Buffer.from(dsseEnvelope.signatures[0].sig, 'base64');
  expect(verifier.verify(readFileSync(publicKey), signature)).toBe(true);
});

function flip(path: string): void {
  const file = join(dir, path);
  const bytes = readFileSync(file);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
