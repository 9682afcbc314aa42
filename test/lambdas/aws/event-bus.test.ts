import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { EventBus } from '#aws/event-bus.ts';
import { cloudEvent } from '#domain/audit/entry.ts';
import { act } from '../../support/transactions.ts';

const client = mockClient(EventBridgeClient);
const bus = () => new EventBus('assay', new EventBridgeClient({ region: 'eu-west-1' }));
const event = (id: string) =>
  cloudEvent({ ...act, id, type: 'version.signed', tenant: 'acme', subject: 's', data: {} });
const events = (count: number) => Array.from({ length: count }, (_, i) => event(`e${i}`));

beforeEach(() => {
  client.reset();
  client.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [] });
});

it('sends the whole CloudEvent as detail', async () => {
  await bus().publish([event('e0')]);
  expect(client.commandCalls(PutEventsCommand)[0]?.args[0].input).toEqual({
    Entries: [
      {
        EventBusName: 'assay',
        Source: 'io.assay',
        DetailType: 'io.assay.version.signed.v1',
        Time: new Date(act.at),
        Detail: JSON.stringify(event('e0')),
      },
    ],
  });
});

it('sends ten at a time, in order', async () => {
  await bus().publish(events(23));
  const sizes = client
    .commandCalls(PutEventsCommand)
    .map(({ args }) => args[0].input.Entries?.length);
  expect(sizes).toEqual([10, 10, 3]);
});

it('names the events that the bus did not take, so that the batch is sent again', async () => {
  client.on(PutEventsCommand).resolves({
    FailedEntryCount: 1,
    Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException' }],
  });
  await expect(bus().publish(events(2))).rejects.toThrow('bus assay refused events e1');
});
