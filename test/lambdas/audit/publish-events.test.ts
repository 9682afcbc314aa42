import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { type AuditEntry, type CloudEvent, cloudEvent } from '#domain/audit/entry.ts';
import { publishEvents } from '../../../lambdas/audit/publish-events.ts';

let published: CloudEvent[][];

const entry = (id: string): AuditEntry => ({
  id,
  type: 'version.registered',
  tenant: 'acme',
  subject: 'acme/iris/1.0.0',
  actor: 'sam',
  at: '2026-01-01T00:00:00.000Z',
  data: { ordinal: 1 },
});
const inserted = (item: object) => ({
  eventName: 'INSERT',
  dynamodb: { NewImage: marshall(item) },
});
const outbox = (id: string) => inserted({ PK: `AUD#${id}`, SK: 'ENTRY', ...entry(id) });
const version = inserted({ PK: 'T#acme#M#iris', SK: 'V#1', state: 'VALIDATION' });
const publish = (...Records: ReturnType<typeof inserted>[]) =>
  publishEvents({
    publish: async (events) => {
      published.push([...events]);
    },
  })({ Records });

beforeEach(() => {
  published = [];
});

it('sends one event for each audit entry, in order, and for nothing else', async () => {
  expect(await publish(outbox('1'), version, outbox('2'))).toEqual({ published: 2 });
  expect(published).toEqual([[cloudEvent(entry('1')), cloudEvent(entry('2'))]]);
});

it('sends nothing when no change was made', async () => {
  expect(await publish(version)).toEqual({ published: 0 });
  expect(published).toEqual([]);
});

it('faults when the bus does, so that the stream repeats the batch', async () => {
  const publishing = publishEvents({
    publish: async () => {
      throw new Error('bus assay refused events 1');
    },
  })({ Records: [outbox('1')] });
  await expect(publishing).rejects.toThrow('refused events 1');
});
