import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { RollbackMachine } from '#aws/rollback-machine.ts';
import { executionName } from '#domain/rollout/rollback-request.ts';
import { request } from '../rollout/rollback-world.ts';

const ARN = 'arn:aws:states:eu-west-1:111122223333:stateMachine:Rollback';
const client = mockClient(SFNClient);
const machine = () => new RollbackMachine(ARN, new SFNClient({ region: 'eu-west-1' }));
const exists = new ExecutionAlreadyExists({ message: 'there', $metadata: {} });
const started = () =>
  client.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input.name);

beforeEach(() => {
  client.reset();
});

it('starts an execution that is named after what it is about', async () => {
  client.on(StartExecutionCommand).resolves({});
  const rollback = request();
  expect(await machine().request(rollback)).toBe('started');
  expect(client.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
    stateMachineArn: ARN,
    name: executionName(rollback),
    input: JSON.stringify({ rollback }),
  });
});

it.each(['RUNNING', 'SUCCEEDED'] as const)('knows a rollback that is %s', async (status) => {
  client.on(StartExecutionCommand).rejects(exists);
  client.on(DescribeExecutionCommand).resolves({ status });
  const rollback = request();
  expect(await machine().request(rollback)).toBe('known');
  expect(started()).toHaveLength(1);
  expect(client.commandCalls(DescribeExecutionCommand)[0]?.args[0].input).toEqual({
    executionArn: `arn:aws:states:eu-west-1:111122223333:execution:Rollback:${executionName(rollback)}`,
  });
});

it.each(['FAILED', 'TIMED_OUT', 'ABORTED'] as const)(
  'tries again what ended as %s, a few times',
  async (status) => {
    client.on(DescribeExecutionCommand).resolves({ status });
    client.on(StartExecutionCommand).rejectsOnce(exists).resolves({});
    const rollback = request();
    expect(await machine().request(rollback)).toBe('started');
    expect(started()).toEqual([executionName(rollback), executionName(rollback, 2)]);

    client.on(StartExecutionCommand).rejects(exists);
    await expect(machine().request(rollback)).rejects.toThrow('3 executions came to nothing');
    expect(started()).toHaveLength(5);
  },
);

it('throws any other fault, so that the request is made again', async () => {
  client.on(StartExecutionCommand).rejects(new Error('throttled'));
  await expect(machine().request(request())).rejects.toThrow('throttled');
});
