import { generateKeyPairSync, type KeyObject, sign as nodeSign } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import type { Digest } from '#domain/registry/digest.ts';
import { type PublicKey, publicKeyOf } from '#domain/signing/public-key.ts';
import type { Signer } from '#domain/signing/signer.ts';

/** A fresh P-256 key pair of Node's, signing digests as KMS does in DIGEST mode. */
export class P256Key implements Signer {
  readonly privateKey: KeyObject;
  readonly spki: Buffer;
  readonly pem: string;

  constructor() {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.privateKey = pair.privateKey;
    this.spki = pair.publicKey.export({ type: 'spki', format: 'der' });
    this.pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  async publicKey(): Promise<PublicKey> {
    return publicKeyOf(this.spki);
  }

  /** Node cannot sign a digest without hashing it again; with the same key, this can. */
  async sign(digest: Digest): Promise<Uint8Array> {
    const secret = Buffer.from(String(this.privateKey.export({ format: 'jwk' }).d), 'base64url');
    return p256.sign(Buffer.from(digest, 'hex'), secret, {
      prehash: false,
      lowS: false,
      format: 'der',
    });
  }

  /** Node's own signature of a whole message, DER. */
  signMessage(message: Uint8Array): Buffer {
    return nodeSign('sha256', message, this.privateKey);
  }
}
