import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { LRUCache } from 'lru-cache';

/** Keys of one purpose tell nothing of those of another. */
export type Purpose = 'decision' | 'cache';

/** Tenants and purposes that one sandbox keeps keys of; a key has 32 bytes. */
const MAX_KEYS = 1_000;

/**
 * Keys of tenants, derived from one HMAC key that never leaves KMS: the same for the same tenant
 * and purpose in every process, and asked for once in each.
 */
export class TenantKeys {
  readonly #keyArn: string;
  readonly #kms: KMSClient;
  readonly #keys = new LRUCache<string, Promise<Uint8Array>>({ max: MAX_KEYS });

  constructor(keyArn: string, kms = new KMSClient({})) {
    this.#keyArn = keyArn;
    this.#kms = kms;
  }

  /** 32 bytes. */
  of(tenant: string, purpose: Purpose): Promise<Uint8Array> {
    const message = `assay/v1/${purpose}/${tenant}`;
    const known = this.#keys.get(message);
    if (known) return known;
    const asked = this.#derive(message).catch((error: unknown) => {
      this.#keys.delete(message);
      throw error;
    });
    this.#keys.set(message, asked);
    return asked;
  }

  async #derive(message: string): Promise<Uint8Array> {
    const { Mac } = await this.#kms.send(
      new GenerateMacCommand({
        KeyId: this.#keyArn,
        MacAlgorithm: 'HMAC_SHA_256',
        Message: Buffer.from(message, 'utf8'),
      }),
    );
    if (Mac?.length === 32) return Mac;
    throw new Error(
      `KMS returned ${Mac?.length ?? 'no'} bytes for ${message} by ${this.#keyArn}, expected 32: the key must be HMAC_256`,
    );
  }
}
