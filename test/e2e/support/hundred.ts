import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { v7 as uuid } from 'uuid';
import type { Digest } from '#domain/registry/digest.ts';
import { TRIGGERS } from '#domain/rollout/record.ts';
import { executionName, type RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { api } from './assay.ts';
import { sfn } from './clients.ts';
import { settingOf } from './roles.ts';

/** A version on trial, in a generation of the route. */
interface Tried {
  readonly model: string;
  readonly digest: Digest;
  readonly generation: number;
}

interface Asked {
  /** ARNs of executions, or what their start was refused with. */
  readonly started: readonly string[];
  /** Of the API's answers. */
  readonly statuses: readonly number[];
}

/** Each of their requests is a process of its own on the local cloud. */
const PEOPLE = 20;
const TRIGGERED = 80;

/**
 * Asks a hundred times at once to roll a version back: by starting the state machine, as each of the
 * triggers does, and as people do.
 */
export async function askedByAHundred(tried: Tried): Promise<Asked> {
  const stateMachineArn = await settingOf('RequestRollback', 'ROLLBACK_MACHINE_ARN');
  const [started, statuses] = await Promise.all([
    Promise.all(times(TRIGGERED, (i) => start(stateMachineArn, requestOf(tried, i)))),
    Promise.all(times(PEOPLE, () => ask(tried.model))),
  ]);
  return { started, statuses };
}

function requestOf(tried: Tried, i: number): RollbackRequest {
  const trigger = TRIGGERS[i % TRIGGERS.length] ?? 'look';
  const reason = `noticed by ${trigger}`;
  return {
    ...tried,
    ...{ id: uuid(), tenant: 'default', severity: 'critical', trigger, reason, actor: 'test' },
  };
}

const times = <T>(length: number, each: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => each(i));

async function start(stateMachineArn: string, rollback: RollbackRequest): Promise<string> {
  const name = executionName(rollback);
  const input = JSON.stringify({ rollback });
  return sfn.send(new StartExecutionCommand({ stateMachineArn, name, input })).then(
    ({ executionArn = '' }) => executionArn,
    (error: Error) => error.name,
  );
}

async function ask(model: string): Promise<number> {
  const body = { severity: 'critical', reason: 'everybody notices' };
  const path = `/governance/models/${model}/rollback`;
  return (await api('reviewer-1', 'POST', path, body)).status;
}
