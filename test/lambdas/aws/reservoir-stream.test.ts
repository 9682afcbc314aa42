import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { ReservoirStream } from '#aws/reservoir-stream.ts';

const firehose = mockClient(FirehoseClient);
beforeEach(() => {
  firehose.reset();
  firehose.on(PutRecordBatchCommand).resolves({ FailedPutCount: 0 });
});

const stream = () => new ReservoirStream('rows', new FirehoseClient({}));
const sizes = () =>
  firehose.commandCalls(PutRecordBatchCommand).map(({ args }) => args[0].input.Records?.length);

it('sends each document as a line of JSON', async () => {
  expect(await stream().send([{ a: 1 }, { b: 'ü' }])).toBe(0);
  const [call] = firehose.commandCalls(PutRecordBatchCommand);
  const { DeliveryStreamName, Records = [] } = call?.args[0].input ?? {};
  expect(DeliveryStreamName).toBe('rows');
  expect(Records.map(({ Data }) => new TextDecoder().decode(Data))).toEqual([
    '{"a":1}\n',
    '{"b":"ü"}\n',
  ]);
});

it('keeps to 500 records and 4 MiB a call, and to 1,000 KiB a record', async () => {
  await stream().send(Array.from({ length: 1_001 }, (_, i) => i));
  expect(sizes()).toEqual([500, 500, 1]);
  firehose.resetHistory();
  const large = 'x'.repeat(900 * 1024);
  expect(
    await stream().send([...Array.from({ length: 6 }, () => large), 'x'.repeat(1_000 * 1024)]),
  ).toBe(1);
  expect(sizes()).toEqual([4, 2]);
});

it('says how many were not taken, and sends none again', async () => {
  firehose
    .on(PutRecordBatchCommand)
    .resolvesOnce({ FailedPutCount: 3 })
    .rejects(new Error('throttled'));
  expect(await stream().send(Array.from({ length: 600 }, (_, i) => i))).toBe(103);
  expect(sizes()).toEqual([500, 100]);
});

it('asks for nothing where there is nothing', async () => {
  expect(await stream().send([])).toBe(0);
  expect(sizes()).toEqual([]);
});
