import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
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

it('leaves alone what was started before, and tells other faults', async () => {
  const known = new ExecutionAlreadyExists({ $metadata: {}, message: 'known' });
  sfn.on(StartExecutionCommand).rejects(known);
  await expect(machine().start(scorePlan(), 'stop')).resolves.toBeUndefined();
  sfn.on(StartExecutionCommand).rejects(new Error('no such machine'));
  await expect(machine().start(scorePlan(), 'stop')).rejects.toThrow('no such machine');
});
