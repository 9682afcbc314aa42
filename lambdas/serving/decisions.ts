import { createHash } from 'node:crypto';
import type { TenantKeys } from '#aws/tenant-keys.ts';
import { type Decision, sealDecision, unitOf } from '#domain/serving/decision.ts';
import type { Trial } from './locate.ts';
import type { Clock } from './ports.ts';
import type { Place } from './traffic/recorder.ts';

/** Where a request's trial counts it, and what its client is to give back with an outcome. */
export interface Part {
  readonly place: Place;
  /** Undefined where the key is away: this request's outcome will not be known. */
  readonly decision: string | undefined;
}

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
      return { place: keyed, decision: sealDecision(key, decision) };
    } catch {
      return { place, decision: undefined };
    }
  }
}

/** With a unit that is good to count by in one process, and must not leave it: it has no key. */
export const placeOf = (
  tenant: string,
  model: string,
  { name, generation, arm, unit }: Pick<Trial, 'name' | 'generation' | 'arm' | 'unit'>,
): Place => ({
  ...{ tenant, model, generation, trial: name, arm, by: unit.by, keyless: true },
  unit: createHash('sha256').update(`unit\0${unit.id}`).digest('hex').slice(0, 32),
});
