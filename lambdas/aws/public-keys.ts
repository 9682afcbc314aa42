import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { type PublicKey, publicKeyOf } from '#domain/signing/public-key.ts';

/** Public halves of P-256 keys in KMS, each fetched once per sandbox. */
export class PublicKeys {
  readonly #kms: KMSClient;
  readonly #known = new Map<string, Promise<PublicKey>>();

  constructor(kms = new KMSClient({})) {
    this.#kms = kms;
  }

  /** @throws Error when KMS gives no P-256 key under this ARN. */
  of(keyArn: string): Promise<PublicKey> {
    const known = this.#known.get(keyArn);
    if (known) return known;
    const fetched = this.#fetch(keyArn);
    this.#known.set(keyArn, fetched);
    // A fault is not an answer: the next caller asks again.
    fetched.catch(() => this.#known.delete(keyArn));
    return fetched;
  }

  async #fetch(keyArn: string): Promise<PublicKey> {
    const { PublicKey: spki } = await this.#kms.send(new GetPublicKeyCommand({ KeyId: keyArn }));
    if (!spki) throw new Error(`KMS returned no public key for ${keyArn}`);
    try {
      return publicKeyOf(spki);
    } catch (cause) {
      throw new Error(`${keyArn} cannot sign: got another kind of key, expected ECC_NIST_P256`, {
        cause,
      });
    }
  }
}
