import type { Monitoring } from '#domain/monitoring/check/state.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { monitoringKey } from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { PromotionBlock } from '#domain/rollout/record.ts';
import type { RegistryTable } from './registry-table.ts';
import { check, type Write } from './writes.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

type Blocked = Partial<Pick<Monitoring, 'digest' | 'blocked' | 'blockedSince' | 'blockedBy'>>;

/** What a model's monitoring says against another version in its place. */
export class PromotionBlocks {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  /**
   * Undefined where nothing is blocked, where nobody has checked the model yet, and where the last
   * check was of another version than serves: what that one suffered from ended with it.
   *
   * @param stable digest of the version that the route names
   */
  async of(model: Model, stable: Digest | undefined): Promise<PromotionBlock | undefined> {
    const state = await this.#table.get<Blocked>(monitoringKey(model));
    if (!state || state.blocked === false) return undefined;
    if (state.digest !== undefined && state.digest !== stable) return undefined;
    const { blockedSince, blockedBy = 'its state, which names no alarm' } = state;
    return { ...(blockedSince !== undefined && { since: blockedSince }), by: blockedBy };
  }
}

/**
 * Requires that its monitoring does not block the version that serves; `monitoring` names the condition.
 * @param despite the block that a person let it go on despite: one that is later, or got worse, is another
 */
export const blockCheck = (
  model: Model,
  stable: Digest | undefined,
  despite?: PromotionBlock,
): Write => {
  const since = despite?.since;
  return check('monitoring', monitoringKey(model), {
    condition: `attribute_not_exists(PK) OR blocked = :no OR (attribute_exists(digest) AND digest <> :stable)${since === undefined ? '' : ' OR blockedSince = :since'}`,
    values: {
      ...{ ':no': false, ':stable': stable ?? 'none' },
      ...(since !== undefined && { ':since': since }),
    },
  });
};
