import { v7 as uuid } from 'uuid';
import * as z from 'zod/mini';
import { RollbackMachine } from '#aws/rollback-machine.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { Sha256 } from '#domain/signing/statement.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';

/** `io.assay.candidate.failing.v1`, as EventBridge passes it on. */
const Input = z.object({
  detail: z.object({
    id: z.string(),
    time: z.string(),
    data: z.object({
      tenant: Tenant,
      model: ModelName,
      version: z.string(),
      digest: Sha256,
      generation: z.int().check(z.nonnegative()),
      kind: z.string(),
      failures: z.int().check(z.nonnegative()),
    }),
  }),
});

interface Ports {
  readonly machine: Pick<RollbackMachine, 'request'>;
}

/** Asks to roll back what a process has seen to fail time and again. */
export const requestRollback =
  ({ machine }: Ports) =>
  async ({ detail }: z.infer<typeof Input>): Promise<{ readonly outcome: 'started' | 'known' }> => {
    const { id, time, data } = detail;
    const { tenant, model, version, digest, generation, kind, failures } = data;
    const outcome = await machine.request({
      ...{ id: uuid(), tenant, model, version, digest, generation },
      severity: 'critical',
      trigger: 'breaker',
      reason: `${failures} requests in a row failed in one process, the last: ${kind}`,
      actor: 'request-rollback',
      evidence: { event: id, time, kind, failures },
    });
    return { outcome };
  };

export const handler = entry(Input, () =>
  requestRollback({ machine: new RollbackMachine(env('ROLLBACK_MACHINE_ARN')) }),
);
