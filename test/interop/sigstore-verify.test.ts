import { describe, expect, it } from 'vitest';
import { signArtifact } from '#domain/signing/signer.ts';
import { P256Key } from '../support/p256-key.ts';
import { sigstoreVerify } from '../support/sigstore.ts';

const key = new P256Key();
const { hint } = await key.publicKey();
const { bundle } = await signArtifact(
  'churn',
  [{ path: 'weights.bin', sha256: '0a'.repeat(32) }],
  key,
);

describe('@sigstore/verify', () => {
  it('accepts a bundle of ours', () => {
    expect(sigstoreVerify(bundle, key.pem, hint)).toBe(key.pem);
  });

  it('refuses it under another key', () => {
    expect(() => sigstoreVerify(bundle, new P256Key().pem, hint)).toThrow(
      'signature verification failed',
    );
  });

  it('refuses it with another payload', () => {
    const json = JSON.parse(bundle);
    json.dsseEnvelope.payload = Buffer.from('{}').toString('base64');
    expect(() => sigstoreVerify(JSON.stringify(json), key.pem, hint)).toThrow(
      'signature verification failed',
    );
  });
});
