import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import type { Digest } from '#domain/registry/digest.ts';
import { type PublicKey, verifies } from '#domain/signing/public-key.ts';
import type { Signer } from '#domain/signing/signer.ts';
import { PublicKeys } from './public-keys.ts';

/** Signs with one asymmetric KMS key (ECC_NIST_P256), and hands out nothing it cannot verify. */
export class KmsSigner implements Signer {
  readonly #keyArn: string;
  readonly #kms: KMSClient;
  readonly #publicKeys: PublicKeys;

  constructor(keyArn: string, kms = new KMSClient({}), publicKeys = new PublicKeys(kms)) {
    this.#keyArn = keyArn;
    this.#kms = kms;
    this.#publicKeys = publicKeys;
  }

  publicKey(): Promise<PublicKey> {
    return this.#publicKeys.of(this.#keyArn);
  }

  /** As a PEM file holds it, for anyone who wants to verify without Assay. */
  async publicKeyPem(): Promise<string> {
    return (await this.publicKey()).pem;
  }

  /** @throws Error when the signature that KMS returns does not verify. */
  async sign(digest: Digest): Promise<Uint8Array> {
    const { Signature } = await this.#kms.send(
      new SignCommand({
        KeyId: this.#keyArn,
        Message: Buffer.from(digest, 'hex'),
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
      }),
    );
    if (!Signature) throw new Error(`KMS returned no signature of ${digest} by ${this.#keyArn}`);
    if (!verifies(await this.publicKey(), digest, Signature)) {
      throw new Error(
        `KMS returned a signature of ${digest} that ${this.#keyArn} does not verify; sign again`,
      );
    }
    return Signature;
  }
}
