import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { outboxEntries, StreamEvent } from '#aws/outbox-stream.ts';
import type { AuditEntry } from '#domain/audit/entry.ts';
import { act } from '../../support/transactions.ts';

const entry: AuditEntry = {
  ...act,
  type: 'version.signed',
  tenant: 'acme',
  subject: 'acme/iris/1.0.0',
  data: { digest: 'd', ordinal: 1 },
};
const outbox = { PK: 'AUD#0190', SK: 'ENTRY', ...entry };
const record = (eventName: string, item?: Record<string, unknown>) => ({
  eventID: '1',
  eventName,
  dynamodb: { SequenceNumber: '1', ...(item && { NewImage: marshall(item) }) },
});
const entries = (...Records: unknown[]) => outboxEntries(StreamEvent.parse({ Records }));

it('reads the audit entries that were inserted, without their keys', () => {
  expect(entries(record('INSERT', outbox))).toEqual([entry]);
});

it.each([
  ['a version', record('INSERT', { PK: 'T#acme#M#iris', SK: 'V#1', state: 'STAGING' })],
  ['a tenant of that name', record('INSERT', { ...outbox, PK: 'T#AUD#1' })],
  ['another item of an entry', record('INSERT', { ...outbox, SK: 'NOTE' })],
  ['an entry that is changed', record('MODIFY', outbox)],
  ['an entry that is removed', record('REMOVE')],
])('passes over %s', (_, other) => {
  expect(entries(other, record('INSERT', outbox))).toEqual([entry]);
});

it('refuses what is no batch of a stream', () => {
  expect(StreamEvent.safeParse({ detail: {} }).success).toBe(false);
});
