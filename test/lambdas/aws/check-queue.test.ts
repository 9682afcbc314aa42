import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { CheckQueue } from '#aws/check-queue.ts';
import type { CheckMessage } from '#domain/monitoring/check/check-message.ts';

const sqs = mockClient(SQSClient);
const queue = () => new CheckQueue('https://sqs/checks', new SQSClient({}));
const message = (model: string): CheckMessage => ({
  ...{ tenant: 'acme', model, kinds: ['drift'], at: '2026-03-02T12:00:00Z' },
});

beforeEach(() => sqs.reset());

it('sends messages together, and says which were not taken', async () => {
  sqs.on(SendMessageBatchCommand).resolves({
    Successful: [],
    Failed: [{ Id: '1', SenderFault: false, Code: 'InternalError' }],
  });
  const messages = ['a', 'b', 'c'].map(message);
  expect(await queue().send(messages)).toEqual([message('b')]);
  const [sent] = sqs.commandCalls(SendMessageBatchCommand);
  expect(sent?.args[0].input).toEqual({
    QueueUrl: 'https://sqs/checks',
    Entries: messages.map((one, i) => ({ Id: String(i), MessageBody: JSON.stringify(one) })),
  });
});

it('sends nothing of nothing', async () => {
  expect(await queue().send([])).toEqual([]);
  expect(sqs.calls()).toEqual([]);
});

it('asks for one check', async () => {
  sqs.on(SendMessageCommand).resolves({});
  await queue().ask({ ...message('a'), asked: true });
  expect(sqs.commandCalls(SendMessageCommand)[0]?.args[0].input).toEqual({
    QueueUrl: 'https://sqs/checks',
    MessageBody: JSON.stringify({ ...message('a'), asked: true }),
  });
});
