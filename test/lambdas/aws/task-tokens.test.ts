import {
  InvalidToken,
  SendTaskSuccessCommand,
  SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { TaskTokens } from '#aws/task-tokens.ts';

const client = mockClient(SFNClient);
const wake = () => new TaskTokens(new SFNClient({ region: 'eu-west-1' })).wake('token');
const fault = { message: 'gone', $metadata: {} };

beforeEach(() => {
  client.reset();
});

it('wakes whoever waits, and says nothing but that', async () => {
  client.on(SendTaskSuccessCommand).resolves({});
  expect(await wake()).toBe('woken');
  expect(client.commandCalls(SendTaskSuccessCommand)[0]?.args[0].input).toEqual({
    taskToken: 'token',
    output: '{}',
  });
});

it.each([new TaskDoesNotExist(fault), new TaskTimedOut(fault), new InvalidToken(fault)])(
  'finds nobody waiting after $name, which is no fault',
  async (error) => {
    client.on(SendTaskSuccessCommand).rejects(error);
    expect(await wake()).toBe('nobody-waits');
  },
);

it('throws any other fault, so that the wake-up is tried again', async () => {
  client.on(SendTaskSuccessCommand).rejects(new Error('throttled'));
  await expect(wake()).rejects.toThrow('throttled');
});
