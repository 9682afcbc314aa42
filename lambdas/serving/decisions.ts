import { createHash } from 'node:crypto';
import type { TenantKeys } from '#aws/tenant-keys.ts';
import { type Digest, digestStart } from '#domain/registry/digest.ts';
import { type Decision, sealDecision, servedTrial, unitOf } from '#domain/serving/decision.ts';
import type { Asker, Trial } from './locate.ts';
import type { Clock } from './ports.ts';
import type { Place } from './traffic/recorder.ts';

/**
 * What the client is to give back with an outcome, once it is known which version answered.
 * Undefined where the key is away, or nothing can be sealed: this request's outcome will not be
 * known. Never throws.
 */
export type Seal = (answered: Digest) => string | undefined;

/** Where a request's trial counts it. */
export interface Part {
  readonly place: Place;
  readonly seal: Seal;
}

const UNSEALED: Seal = () => undefined;

/** Turns what was drawn for a request into what may be told of it. */
export class Decisions {
  readonly #keys: Pick<TenantKeys, 'of'>;
  readonly #clock: Clock;

  constructor(keys: Pick<TenantKeys, 'of'>, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /** As `Place` has it, under the tenant's key; undefined where that is away. Never rejects. */
  async unitOf(tenant: string, id: string): Promise<string | undefined> {
    try {
      return unitOf(await this.#keys.of(tenant, 'decision'), id);
    } catch {
      return undefined;
    }
  }

  /** Never rejects. */
  async partOf(tenant: string, model: string, trial: Trial): Promise<Part> {
    const place = placeOf(tenant, model, trial);
    try {
      const key = await this.#keys.of(tenant, 'decision');
      const { keyless: _, ...unkeyed } = place;
      const keyed = { ...unkeyed, unit: unitOf(key, trial.unit.id) };
      const decision: Decision = { ...keyed, at: this.#clock() };
      return {
        place: keyed,
        seal: sealing(key, () => decision),
      };
    } catch {
      return { place, seal: UNSEALED };
    }
  }

  /** For an answer that is on no trial. Never rejects. */
  async servedTo(tenant: string, model: string, asker: Asker): Promise<Seal> {
    const at = this.#clock();
    try {
      const key = await this.#keys.of(tenant, 'decision');
      const { by, id } = unitNamed(asker);
      return sealing(key, (answered) => ({
        ...{ tenant, model, generation: 0, trial: servedTrial(answered), arm: 'stable' },
        ...{ unit: unitOf(key, id), by, at },
      }));
    } catch {
      return UNSEALED;
    }
  }
}

/** An answer is worth more than its decision: one that breaks its schema is left out. */
const sealing =
  (key: Uint8Array, decisionOf: (answered: Digest) => Decision): Seal =>
  (answered) => {
    try {
      return sealDecision(key, { ...decisionOf(answered), answered: digestStart(answered) });
    } catch {
      return undefined;
    }
  };

/** The user whom a request names, else the request. */
const unitNamed = ({ userId, requestId }: Asker): Trial['unit'] =>
  userId === undefined ? { by: 'request', id: requestId } : { by: 'user', id: userId };

/** With a unit that is good to count by in one process, and must not leave it: it has no key. */
export const placeOf = (
  tenant: string,
  model: string,
  { name, generation, arm, unit }: Pick<Trial, 'name' | 'generation' | 'arm' | 'unit'>,
): Place => ({
  ...{ tenant, model, generation, trial: name, arm, by: unit.by, keyless: true },
  unit: createHash('sha256').update(`unit\0${unit.id}`).digest('hex').slice(0, 32),
});
