import type { RolloutRecord } from '#domain/rollout/record.ts';
import { executionName, type RollbackRequest } from '#domain/rollout/rollback-request.ts';

/** A rollback to be started: what it is given, and a name that its repetition shares. */
export interface Rollback {
  readonly rollback: RollbackRequest;
  readonly name: string;
}

type About = Pick<RolloutRecord, 'tenant' | 'model' | 'version' | 'digest'>;
type Asked = Omit<RollbackRequest, keyof About | 'trigger'>;

/** A rollback of what a rollout tries. */
export function rollbackOf({ tenant, model, version, digest }: About, asked: Asked): Rollback {
  const rollback = { tenant, model, version, digest, trigger: 'look', ...asked } as const;
  return { rollback, name: executionName(rollback) };
}

const MAX_REASON = 1000;

/** Takes a version out of traffic that nothing is held against: it keeps its approvals. */
export const withdrawalOf = (
  about: About,
  { reason, ...asked }: Pick<Asked, 'id' | 'actor' | 'generation' | 'reason'>,
): Rollback =>
  rollbackOf(about, {
    ...asked,
    reason: reason.slice(0, MAX_REASON),
    severity: 'critical',
    abort: true,
  });
