import type { TenantKeys } from '#aws/tenant-keys.ts';
import { inTime } from './in-time.ts';
import type { Clock } from './ports.ts';

/** A sandbox's first call of KMS takes a tenth of it. */
const WAIT_MS = 1_000;
/** How long requests then go on without. */
const AWAY_MS = 5_000;

/** Keys that requests can do without: once they do not come in time, nobody waits for a while. */
export class ImpatientKeys {
  readonly #keys: Pick<TenantKeys, 'of'>;
  readonly #clock: Clock;
  #awayUntil = Number.NEGATIVE_INFINITY;

  constructor(keys: Pick<TenantKeys, 'of'>, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /** @throws Error at once while they are away. */
  async of(...asked: Parameters<TenantKeys['of']>): Promise<Uint8Array> {
    if (this.#clock() < this.#awayUntil) throw new Error('keys of tenants are away');
    try {
      const key = await inTime(WAIT_MS, this.#keys.of(...asked));
      if (key) return key;
      throw new Error(`no key of a tenant within ${WAIT_MS} ms`);
    } catch (error) {
      this.#awayUntil = this.#clock() + AWAY_MS;
      throw error;
    }
  }
}
