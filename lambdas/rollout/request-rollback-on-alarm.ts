import { v7 as uuid } from 'uuid';
import * as z from 'zod/mini';
import { MonitoringStates } from '#aws/monitoring.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { RollbackMachine } from '#aws/rollback-machine.ts';
import { Routes } from '#aws/routes.ts';
import { alarmName } from '#domain/monitoring/alarms/alarm-names.ts';
import { isHarmful } from '#domain/monitoring/alarms/model-metrics.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { type Alarmed, AlarmMessage, alarmedModel } from '#domain/rollout/rollback-alarm.ts';
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
  readonly states: Pick<MonitoringStates, 'get'>;
  readonly machine: Pick<RollbackMachine, 'request'>;
}

const SHOWN_CHARACTERS = 800;

/** Asks to roll back the model that an alarm is about, once it goes off. */
export const requestRollbackOnAlarm =
  ({ routes, states, machine }: Ports) =>
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
    const judged = await judgedBy(alarm, alarmed, states);
    if (judged === 'nothing') {
      return { outcome: 'ignored', reason: `no check finds that ${alarmed.model} harms` };
    }
    const outcome = await machine.request({
      ...{ id: uuid(), ...alarmed, generation: route.generation, ...judged },
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

interface JudgedVersion {
  readonly version?: string;
  readonly digest?: Digest;
  /** Of the route that it was judged under. */
  readonly generation?: number;
}

/**
 * The version that a check found to harm, where its alarm is what goes off. It comes minutes after the
 * check has asked for the same by itself: by then another version may serve, or be on trial, and the
 * route would name that one. The state may be of another version already, too: only one whose own
 * alarm is at the level that rolls back is to blame.
 */
async function judgedBy(
  { AlarmName }: AlarmMessage,
  alarmed: Alarmed,
  states: Ports['states'],
): Promise<JudgedVersion | 'nothing'> {
  if (AlarmName !== alarmName(alarmed, 'ModelHarm')) return {};
  const state = await states.get(alarmed);
  if (!state || !isHarmful(state)) return 'nothing';
  const { version, digest, generation } = state;
  return { version, digest, ...(generation !== undefined && { generation }) };
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return requestRollbackOnAlarm({
    routes: new Routes(table),
    states: new MonitoringStates(table),
    machine: new RollbackMachine(env('ROLLBACK_MACHINE_ARN')),
  });
});
