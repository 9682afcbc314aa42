import type { RollbackRecord } from '#domain/rollout/rollback-record.ts';

/** What a list shows of a rollback. */
export const rollbackViewOf = ({ request, killed, ...record }: RollbackRecord) => ({
  id: record.id,
  status: record.status,
  version: record.version,
  digest: record.digest,
  to: killed?.to ?? request.to,
  mode: record.mode,
  startShare: record.startShare,
  severity: request.severity,
  trigger: request.trigger,
  actor: request.actor,
  reason: request.reason,
  abort: request.abort,
  why: record.reason,
  generation: killed?.generation,
  checks: record.checks,
  createdAt: record.createdAt,
  updatedAt: record.updatedAt,
});
