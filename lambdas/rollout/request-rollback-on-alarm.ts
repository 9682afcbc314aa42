import { v7 as uuid } from 'uuid';
import * as z from 'zod/mini';
import { RegistryTable } from '#aws/registry-table.ts';
import { RollbackMachine } from '#aws/rollback-machine.ts';
import { Routes } from '#aws/routes.ts';
import { AlarmMessage, alarmedModel } from '#domain/rollout/rollback-alarm.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';

/** SNS passes on one message in each event. */
const Input = z.object({
  Records: z
    .array(z.object({ Sns: z.object({ MessageId: z.string(), Message: z.string() }) }))
    .check(z.length(1)),
});

type Asked =
  | { readonly outcome: 'started' | 'known'; readonly model: string }
  | { readonly outcome: 'ignored'; readonly reason: string };

interface Ports {
  readonly routes: Pick<Routes, 'of'>;
  readonly machine: Pick<RollbackMachine, 'request'>;
}

const SHOWN_CHARACTERS = 800;

/** Asks to roll back the model that an alarm is about, once it goes off. */
export const requestRollbackOnAlarm =
  ({ routes, machine }: Ports) =>
  async ({ Records }: z.infer<typeof Input>): Promise<Asked> => {
    const { Message = '', MessageId = '' } = Records[0]?.Sns ?? {};
    const alarm = AlarmMessage.parse(JSON.parse(Message));
    const { AlarmName, NewStateValue, NewStateReason = 'no reason given' } = alarm;
    if (NewStateValue !== 'ALARM') {
      return { outcome: 'ignored', reason: `alarm ${AlarmName} is ${NewStateValue}` };
    }
    const alarmed = alarmedModel(alarm);
    if (!alarmed) {
      throw new Error(
        `alarm ${AlarmName} names no model, expected one by dimensions Tenant and Model or by a name like assay/TENANT/MODEL; name one and set the alarm off again`,
      );
    }
    const route = await routes.of(alarmed);
    if (!route) return { outcome: 'ignored', reason: `${alarmed.model} has no route` };
    const outcome = await machine.request({
      ...{ id: uuid(), ...alarmed, generation: route.generation },
      severity: 'critical',
      trigger: 'alarm',
      reason: `alarm ${AlarmName}: ${NewStateReason}`.slice(0, SHOWN_CHARACTERS),
      actor: 'request-rollback-on-alarm',
      evidence: {
        alarm: alarm.AlarmArn ?? AlarmName,
        message: MessageId,
        at: alarm.StateChangeTime ?? null,
      },
    });
    return { outcome, model: alarmed.model };
  };

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return requestRollbackOnAlarm({
    routes: new Routes(table),
    machine: new RollbackMachine(env('ROLLBACK_MACHINE_ARN')),
  });
});
