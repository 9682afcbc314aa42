import type { Rollbacks } from '#aws/rollbacks.ts';
import type { RollbackRecord, RollbackRef } from '#domain/rollout/rollback-record.ts';
import type { count } from '../metrics.ts';

/** What rollbacks are counted under; lib/ names it too. */
export const COUNTED = { Machine: 'rollback' };

export interface SettlePorts {
  readonly rollbacks: Pick<Rollbacks, 'get' | 'settle'>;
  readonly count: typeof count;
}

/** How a rollback ends that changes nothing any more. */
export interface Settled {
  readonly outcome: 'nothing' | 'hold';
  readonly reason: string;
}

/** @throws Error where BeginRollback has not been. */
export async function standingRollback(
  { rollbacks }: { readonly rollbacks: Pick<Rollbacks, 'get'> },
  ref: RollbackRef,
): Promise<RollbackRecord> {
  const record = await rollbacks.get(ref);
  if (!record)
    throw new Error(`rollback ${ref.id} of ${ref.model} is unknown, expected a begun one`);
  return record;
}

export const settled = ({ status, reason = `it is ${status}` }: RollbackRecord): Settled => ({
  outcome: status === 'HELD' ? 'hold' : 'nothing',
  reason,
});
