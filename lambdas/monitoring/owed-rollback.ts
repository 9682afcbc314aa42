import { v7 as uuid } from 'uuid';
import type { RollbackMachine } from '#aws/rollback-machine.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';

/** A rollback that was asked for, or could not be. */
export interface Requested {
  readonly failed: boolean;
  throwIfFailed(): void;
}

/**
 * Asks for the rollback that a state owes, under the name that it had before: one that runs, or went
 * well, is not started again. A failure keeps nobody from the next check, and is thrown after it.
 */
export async function requestOwed(
  machine: Pick<RollbackMachine, 'request'>,
  state: Monitoring | undefined,
): Promise<Requested | undefined> {
  if (!state?.owed) return undefined;
  const { tenant, model, version, digest, owed } = state;
  const { reason, watched, generation, report } = owed;
  try {
    await machine.request({
      ...{ id: uuid(), tenant, model, version, digest, generation },
      severity: 'critical',
      trigger: 'monitoring',
      reason,
      actor: 'check-model',
      evidence: { watched: [...watched], report: report.key, sha256: report.sha256 },
    });
    return { failed: false, throwIfFailed: () => undefined };
  } catch (cause) {
    return {
      failed: true,
      throwIfFailed: () => {
        throw new Error(
          `${tenant}/${model} ${version} harms (${reason}) and its rollback could not be asked for; roll back by hand`,
          { cause },
        );
      },
    };
  }
}
