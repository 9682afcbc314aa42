import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { ExperimentMachine } from '#aws/experiment-machine.ts';
import { scorePlan } from '../../domain/experiments/sample-record.ts';

const ARN = 'arn:aws:states:eu-west-1:111122223333:stateMachine:experiment';
const sfn = mockClient(SFNClient);
const machine = () => new ExperimentMachine(ARN, new SFNClient({ region: 'eu-west-1' }));
beforeEach(() => sfn.reset());

it('starts an execution with the experiment alone, by a name that its repetition shares', async () => {
  sfn.on(StartExecutionCommand).resolves({});
  await machine().start(scorePlan(), 'begin');
  await machine().start(scorePlan(), 'begin');
  const [first, second] = sfn.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input);
  expect(first).toEqual({
    stateMachineArn: ARN,
    name: expect.stringMatching(/^churn-colour-[0-9a-f]{12}-begin$/),
    input: JSON.stringify({ experiment: { tenant: 'acme', model: 'churn', id: 'colour' } }),
  });
  expect(second?.name).toBe(first?.name);
});

const known = new ExecutionAlreadyExists({ $metadata: {}, message: 'known' });

it.each(['RUNNING', 'SUCCEEDED'] as const)('leaves alone what is %s', async (status) => {
  sfn.on(StartExecutionCommand).rejects(known);
  sfn.on(DescribeExecutionCommand).resolves({ status });
  await expect(machine().start(scorePlan(), 'stop-7')).resolves.toBeUndefined();
  expect(sfn.commandCalls(StartExecutionCommand)).toHaveLength(1);
});

it('starts another where the one before failed, and says so when none gets through', async () => {
  sfn.on(StartExecutionCommand).rejectsOnce(known).resolves({});
  sfn.on(DescribeExecutionCommand).resolves({ status: 'FAILED' });
  await machine().start(scorePlan(), 'stop-7');
  const names = sfn.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input.name);
  expect(names).toEqual([expect.stringMatching(/-stop-7$/), expect.stringMatching(/-stop-7-2$/)]);
  sfn.on(StartExecutionCommand).rejects(known);
  await expect(machine().start(scorePlan(), 'stop-7')).rejects.toThrow('came to nothing');
});

it('tells other faults', async () => {
  sfn.on(StartExecutionCommand).rejects(new Error('no such machine'));
  await expect(machine().start(scorePlan(), 'stop')).rejects.toThrow('no such machine');
});
