import { verify } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { KmsSigner } from '#aws/kms-signer.ts';
import { PublicKeys } from '#aws/public-keys.ts';
import { parseDigest, sha256Hex } from '#domain/registry/digest.ts';
import { P256Key } from '../../support/p256-key.ts';

const arn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const key = new P256Key();
const message = Buffer.from('what is signed');
const digest = sha256Hex(message);
const kms = mockClient(KMSClient);
const signer = () => new KmsSigner(arn, new KMSClient({ region: 'eu-west-1' }));

beforeEach(() => {
  kms.reset();
  kms.on(GetPublicKeyCommand).resolves({ PublicKey: key.spki });
  kms.on(SignCommand).callsFake(async ({ Message }) => ({
    Signature: await key.sign(parseDigest(Buffer.from(Message).toString('hex'))),
  }));
});

describe('KmsSigner', () => {
  it('sends the 32 bytes of the digest, in DIGEST mode', async () => {
    await signer().sign(digest);
    expect(kms.commandCalls(SignCommand).map(({ args }) => args[0].input)).toEqual([
      {
        KeyId: arn,
        Message: Buffer.from(digest, 'hex'),
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
      },
    ]);
  });

  it('returns a DER signature that Node verifies over the message', async () => {
    expect(verify('sha256', message, key.pem, await signer().sign(digest))).toBe(true);
  });

  it('does not hand out a signature that does not verify', async () => {
    kms.on(SignCommand).resolves({ Signature: new P256Key().signMessage(message) });
    await expect(signer().sign(digest)).rejects.toThrow(`${arn} does not verify; sign again`);
  });

  it('faults when KMS returns no signature', async () => {
    kms.on(SignCommand).resolves({});
    await expect(signer().sign(digest)).rejects.toThrow(`no signature of ${digest} by ${arn}`);
  });

  it('gives the public key as PEM of 64 columns, and asks for it once', async () => {
    const one = signer();
    await one.sign(digest);
    await one.sign(digest);
    expect(await one.publicKeyPem()).toBe(key.pem);
    expect(kms.commandCalls(GetPublicKeyCommand)).toHaveLength(1);
  });
});

describe('PublicKeys', () => {
  const publicKeys = () => new PublicKeys(new KMSClient({ region: 'eu-west-1' }));

  it('keeps keys apart by their ARN', async () => {
    const other = new P256Key();
    kms.on(GetPublicKeyCommand, { KeyId: `${arn}2` }).resolves({ PublicKey: other.spki });
    const keys = publicKeys();
    expect((await keys.of(arn)).pem).toBe(key.pem);
    expect((await keys.of(`${arn}2`)).pem).toBe(other.pem);
  });

  it('asks again after a fault', async () => {
    kms
      .on(GetPublicKeyCommand)
      .rejectsOnce(new Error('throttled'))
      .resolves({ PublicKey: key.spki });
    const keys = publicKeys();
    await expect(keys.of(arn)).rejects.toThrow('throttled');
    expect((await keys.of(arn)).pem).toBe(key.pem);
  });

  it('refuses a key that is not P-256, and a missing one', async () => {
    kms.on(GetPublicKeyCommand).resolves({ PublicKey: Buffer.from('3000', 'hex') });
    await expect(publicKeys().of(arn)).rejects.toThrow('expected ECC_NIST_P256');
    kms.on(GetPublicKeyCommand).resolves({});
    await expect(publicKeys().of(arn)).rejects.toThrow(`no public key for ${arn}`);
  });
});
