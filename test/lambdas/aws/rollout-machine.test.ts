import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { RolloutMachine } from '#aws/rollout-machine.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';

const ARN = 'arn:aws:states:eu-west-1:111122223333:stateMachine:rollout';
const rollout: RolloutRef = {
  id: '0198c5f0-0000-7000-8000-0000000000b1',
  tenant: 'acme',
  model: 'fraud.v2',
  version: '1.0.0',
  digest: parseDigest('d1'.repeat(32)),
};
const other: RolloutRef = { ...rollout, id: '0198c5f0-0000-7000-8000-0000000000b2' };

const sfn = mockClient(SFNClient);
/** Executions by name, with their status. */
const executions = new Map<string, 'RUNNING' | 'SUCCEEDED'>();
const start = (asked = rollout, after?: string) =>
  new RolloutMachine(ARN, new SFNClient({ region: 'eu-west-1' })).start(asked, after);

beforeEach(() => {
  sfn.reset();
  executions.clear();
  sfn.on(StartExecutionCommand).callsFake(({ name }) => {
    if (executions.has(name)) throw new ExecutionAlreadyExists({ $metadata: {}, message: name });
    executions.set(name, 'RUNNING');
    return {};
  });
  sfn.on(DescribeExecutionCommand).callsFake(({ executionArn }) => {
    const prefix = `${ARN.replace('stateMachine', 'execution')}:`;
    expect(executionArn.startsWith(prefix)).toBe(true);
    const name = executionArn.slice(prefix.length);
    return { status: executions.get(name) };
  });
});

describe('the state machine of rollouts', () => {
  it('is started with the rollout, under a name that Step Functions takes', async () => {
    expect(await start()).toBe('started');
    const [call] = sfn.commandCalls(StartExecutionCommand);
    const { stateMachineArn, name, input } = call?.args[0].input ?? {};
    expect(stateMachineArn).toBe(ARN);
    expect(name).toMatch(/^acme-fraud_v2-1_0_0-[0-9a-f]{12}-1$/);
    expect(JSON.parse(String(input))).toEqual({ rollout });
  });

  it('keeps names within 80 characters however long the parts are', async () => {
    await start({ ...rollout, tenant: 't'.repeat(40), model: 'm'.repeat(63) });
    expect([...executions.keys()][0]).toMatch(/^[A-Za-z0-9_-]{80}$/);
  });

  it('is not started twice for one wish', async () => {
    expect(await start(rollout, 'before')).toBe('started');
    expect(await start(other, 'before')).toBe('known');
    expect(executions.size).toBe(1);
  });

  it('is started again where the one before could not begin', async () => {
    await start();
    for (const name of executions.keys()) executions.set(name, 'SUCCEEDED');
    expect(await start(other)).toBe('started');
    expect(executions.size).toBe(2);
  });

  it('is started anew after another rollout', async () => {
    await start(rollout, 'before');
    expect(await start(other, rollout.id)).toBe('started');
  });

  it('says so when no execution comes to a rollout', async () => {
    sfn
      .on(StartExecutionCommand)
      .rejects(new ExecutionAlreadyExists({ $metadata: {}, message: 'known' }));
    sfn.on(DescribeExecutionCommand).resolves({ status: 'SUCCEEDED' });
    await expect(start()).rejects.toThrow(
      /^20 executions came to nothing, the last of them acme-fraud_v2-1_0_0-[0-9a-f]{12}-20;/,
    );
  });

  it('passes on other faults', async () => {
    sfn.on(StartExecutionCommand).rejects(new Error('throttled'));
    await expect(start()).rejects.toThrow('throttled');
  });
});
