import { GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { check, put, update } from '#aws/writes.ts';
import type { AuditEntry } from '#domain/audit/entry.ts';
import { act, cancelled, dynamo, lastWrites, table, writeTo } from '../../support/transactions.ts';

const key = { PK: 'P', SK: 'S' };
const entry: AuditEntry = {
  ...act,
  type: 'version.signed',
  tenant: 'acme',
  subject: 'acme/iris/1.0.0',
  data: { digest: 'd' },
};
const where = { condition: 'rev = :r', names: {}, values: { ':r': 1 } };
const writes = [put('version', key, { a: 1 }), check('policy', { ...key, SK: 'M' }, where)];

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
  // Nobody waits for other writers here.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('transact', () => {
  it('writes everything with the audit entry that records it, once', async () => {
    expect(await table().transact(entry, writes)).toEqual({ ok: true });
    expect(lastWrites().map(({ kind, key: k }) => `${kind} ${k}`)).toEqual([
      'Put P S',
      'ConditionCheck P M',
      'Put AUD#0190 ENTRY',
    ]);
    expect(writeTo('AUD#0190 ENTRY')).toMatchObject({
      item: entry,
      condition: 'attribute_not_exists(PK)',
    });
  });

  it.each([
    [['ConditionalCheckFailed', 'None', 'None'], ['version']],
    [['None', 'ConditionalCheckFailed', 'None'], ['policy']],
    [
      ['ConditionalCheckFailed', 'ConditionalCheckFailed', 'None'],
      ['version', 'policy'],
    ],
    [['None', 'None', 'ConditionalCheckFailed'], ['outbox']],
    [['TransactionConflict', 'ConditionalCheckFailed', 'None'], ['policy']],
  ])('names what did not hold of %j', async (codes, failed) => {
    dynamo.on(TransactWriteCommand).rejects(cancelled(...codes));
    expect(await table().transact(entry, writes)).toEqual({ ok: false, failed });
    expect(dynamo.commandCalls(TransactWriteCommand)).toHaveLength(1);
  });

  it.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'tries again after %s',
    async (code) => {
      dynamo
        .on(TransactWriteCommand)
        .rejectsOnce(cancelled(code, 'None', 'None'))
        .rejectsOnce(cancelled('None', code, 'None'))
        .resolves({});
      expect(await table().transact(entry, writes)).toEqual({ ok: true });
      expect(dynamo.commandCalls(TransactWriteCommand)).toHaveLength(3);
    },
  );

  it('gives up after five tries, and says why', async () => {
    dynamo.on(TransactWriteCommand).rejects(cancelled('TransactionConflict', 'None', 'None'));
    await expect(table().transact(entry, writes)).rejects.toThrow(
      'transaction on registry met other writers 5 times: TransactionConflict, None, None',
    );
    expect(dynamo.commandCalls(TransactWriteCommand)).toHaveLength(5);
  });

  it.each([
    ['a fault of the request', cancelled('ValidationError', 'None', 'None')],
    ['a cancellation without reasons', cancelled()],
    ['a fault of the service', new Error('no route to host')],
  ])('throws %s at once', async (_, error) => {
    dynamo.on(TransactWriteCommand).rejects(error);
    await expect(table().transact(entry, writes)).rejects.toThrow(error.message);
    expect(dynamo.commandCalls(TransactWriteCommand)).toHaveLength(1);
  });
});

describe('put', () => {
  it('creates only, unless told otherwise', async () => {
    await table().transact(entry, [put('x', key, { a: 1, PK: 'forged' })]);
    expect(writeTo('P S')).toMatchObject({
      item: { a: 1, ...key },
      condition: 'attribute_not_exists(PK)',
    });
    const replace = { condition: 'a = :a', values: { ':a': 1 } };
    await table().transact(entry, [put('x', key, { a: 2 }, replace)]);
    expect(writeTo('P S')).toMatchObject({ condition: 'a = :a', values: { ':a': 1 } });
  });
});

describe('update', () => {
  it('sets what is given and removes what is undefined', async () => {
    const fields = { state: 'X', comment: undefined };
    await table().transact(entry, [update('x', key, fields, where)]);
    expect(writeTo('P S')).toMatchObject({
      kind: 'Update',
      update: 'SET #state = :state REMOVE #comment',
      condition: 'rev = :r',
      names: { '#state': 'state', '#comment': 'comment' },
      values: { ':state': 'X', ':r': 1 },
    });
    expect(writeTo('P S').values).not.toHaveProperty(':comment');
  });
});

describe('reads', () => {
  it('gets an item as it is now', async () => {
    dynamo.on(GetCommand).resolves({ Item: { ...key, a: 1 } });
    expect(await table().get(key)).toEqual({ ...key, a: 1 });
    expect(dynamo.commandCalls(GetCommand)[0]?.args[0].input).toEqual({
      TableName: 'registry',
      Key: key,
      ConsistentRead: true,
    });
  });

  it('lists every page of a partition', async () => {
    dynamo
      .on(QueryCommand)
      .resolvesOnce({ Items: [{ a: 1 }], LastEvaluatedKey: key })
      .resolvesOnce({ LastEvaluatedKey: { ...key, SK: 'T' } })
      .resolves({ Items: [{ a: 2 }] });
    expect(await table().list('P', 'V#')).toEqual([{ a: 1 }, { a: 2 }]);
    const inputs = dynamo.commandCalls(QueryCommand).map(({ args }) => args[0].input);
    expect(inputs.map(({ ExclusiveStartKey }) => ExclusiveStartKey)).toEqual([
      undefined,
      key,
      { ...key, SK: 'T' },
    ]);
    expect(inputs[0]).toMatchObject({
      KeyConditionExpression: 'PK = :pk AND begins_with(SK, :prefix)',
      ExpressionAttributeValues: { ':pk': 'P', ':prefix': 'V#' },
      ConsistentRead: true,
    });
  });

  it.each([
    ['byState', 'G1PK = :pk'],
    ['byType', 'G2PK = :pk'],
  ] as const)('reads one page of index %s, newest first', async (index, condition) => {
    dynamo.on(QueryCommand).resolves({ Items: [{ a: 1 }], LastEvaluatedKey: key });
    expect(await table().page(index, 'I', 7, { PK: 'from' })).toEqual({
      items: [{ a: 1 }],
      next: key,
    });
    expect(dynamo.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({
      IndexName: index,
      KeyConditionExpression: condition,
      ExpressionAttributeValues: { ':pk': 'I' },
      ScanIndexForward: false,
      Limit: 7,
      ExclusiveStartKey: { PK: 'from' },
    });
    dynamo.on(QueryCommand).resolves({});
    expect(await table().page(index, 'I', 7)).toEqual({ items: [] });
  });
});
