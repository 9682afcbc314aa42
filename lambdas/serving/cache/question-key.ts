import { createHmac, type Hmac } from 'node:crypto';
import { type Question, writeQuestion } from '#domain/serving/prediction-key.ts';

/** `predictionKey` by Node's OpenSSL: the same 64 hex digits, in less time. */
export function questionKey(tenantKey: Uint8Array, question: Question): string {
  const mac = new GatheringMac(createHmac('sha256', tenantKey));
  writeQuestion(mac, question);
  return mac.hex();
}

/** Of one thread, and free again before anything is awaited. */
const gathered = Buffer.allocUnsafe(4096);

/** Hands short pieces on together: a call into OpenSSL takes longer than hashing one. */
class GatheringMac {
  readonly #hmac: Hmac;
  #filled = 0;

  constructor(hmac: Hmac) {
    this.#hmac = hmac;
  }

  update(bytes: Uint8Array): void {
    if (bytes.length > gathered.length - this.#filled) this.#flush();
    if (bytes.length > gathered.length) {
      this.#hmac.update(bytes);
      return;
    }
    gathered.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  hex(): string {
    this.#flush();
    return this.#hmac.digest('hex');
  }

  #flush(): void {
    this.#hmac.update(gathered.subarray(0, this.#filled));
    this.#filled = 0;
  }
}
