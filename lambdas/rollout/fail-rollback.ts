import * as z from 'zod/mini';
import { RegistryTable } from '#aws/registry-table.ts';
import { Rollbacks } from '#aws/rollbacks.ts';
import type { RollbackStatus } from '#domain/rollout/rollback-record.ts';
import { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';

/** The execution's whole state: a fault may come before the rollback has a record. */
const Input = z.object({
  state: z.object({
    rollback: RollbackRequest,
    fault: z.object({ Error: z.nullish(z.string()), Cause: z.nullish(z.string()) }),
  }),
});

interface Ports {
  readonly rollbacks: Pick<Rollbacks, 'get' | 'fail'>;
}

const SHOWN_CHARACTERS = 1000;
const TURNS = 3;

/** Records that a rollback broke off; what it has done by then stays done. */
export const failRollback =
  ({ rollbacks }: Ports) =>
  async ({
    state,
  }: z.infer<typeof Input>): Promise<{ readonly status: RollbackStatus | 'NONE' }> => {
    const { rollback, fault } = state;
    const cause = (fault.Cause ?? 'no cause given').slice(0, SHOWN_CHARACTERS);
    const reason = `${fault.Error ?? 'fault'}: ${cause}`;
    for (let turn = 0; turn < TURNS; turn++) {
      const record = await rollbacks.get(rollback);
      if (!record) return { status: 'NONE' };
      if (record.status !== 'RUNNING' && record.status !== 'ROLLED_BACK') {
        return { status: record.status };
      }
      const failed = { ...record, status: 'FAULTED' as const, reason };
      const written = await rollbacks.fail(failed, act('fail-rollback'));
      if (written.ok) return { status: 'FAULTED' };
    }
    throw new Error(`rollback ${rollback.id} changed ${TURNS} times while failing; retry`);
  };

export const handler = entry(Input, () =>
  failRollback({ rollbacks: new Rollbacks(new RegistryTable(env('REGISTRY_TABLE'))) }),
);
