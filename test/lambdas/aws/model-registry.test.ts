import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { ModelRegistry } from '#aws/model-registry.ts';
import { digestA, subject } from '../../support/sample-release.ts';
import { dynamo, table } from '../../support/transactions.ts';

const registry = () => new ModelRegistry(table());
const on = (PK: string, SK: string, Item?: Record<string, unknown>) =>
  dynamo.on(GetCommand, { Key: { PK, SK } }).resolves({ Item });

beforeEach(() => {
  dynamo.reset();
  dynamo.on(GetCommand).resolves({});
  dynamo.on(QueryCommand).resolves({ Items: [{ version: '1.0.0' }] });
});

const partition = () =>
  dynamo.commandCalls(QueryCommand)[0]?.args[0].input.ExpressionAttributeValues;

describe('single items', () => {
  it('are found by their keys, or are undefined', async () => {
    on('T#acme#M#iris', 'META', { lastOrdinal: 1 });
    on('T#acme#R#iris', 'CUR', { generation: 2 });
    expect(await registry().model(subject)).toEqual({ lastOrdinal: 1 });
    expect(await registry().route('acme', 'iris')).toEqual({ generation: 2 });
    expect(await registry().version(subject)).toBeUndefined();
  });
});

describe('byDigest', () => {
  it('finds the version that has these bytes, within the tenant', async () => {
    on(`T#acme#SHA#${digestA}`, 'V', { ...subject });
    on('T#acme#M#iris', 'V#000001.000000.000000~', { ...subject, ordinal: 1 });
    expect(await registry().byDigest('acme', digestA)).toEqual({ ...subject, ordinal: 1 });
    expect(await registry().byDigest('rival', digestA)).toBeUndefined();
  });
});

describe('lists', () => {
  it.each([
    ['versions', () => registry().versions(subject), 'T#acme#M#iris', 'V#'],
    ['history', () => registry().history(subject), 'T#acme#M#iris', 'H#1.0.0#'],
  ] as const)('%s are read from one partition', async (_, read, pk, prefix) => {
    expect(await read()).toEqual([{ version: '1.0.0' }]);
    expect(partition()).toEqual({ ':pk': pk, ':prefix': prefix });
  });

  it.each([
    ['models', () => registry().models('acme', 5), 'T#acme#MODEL#ACTIVE'],
    ['versions in a stage', () => registry().inState('acme', 'FAILED', 5), 'T#acme#S#FAILED'],
  ] as const)("%s are pages of the tenant's own index partition", async (_, read, pk) => {
    expect(await read()).toEqual({ items: [{ version: '1.0.0' }] });
    expect(partition()).toEqual({ ':pk': pk });
  });

  it('routes of all tenants are pages of one partition', async () => {
    expect(await registry().routes(5)).toEqual({ items: [{ version: '1.0.0' }] });
    expect(partition()).toEqual({ ':pk': 'ROUTE' });
  });
});
