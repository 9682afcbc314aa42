import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { Routes, routeWrite } from '#aws/routes.ts';
import { firstRoute } from '#domain/serving/routing/promote.ts';
import { digestA } from '../../support/sample-release.ts';
import { dynamo, table } from '../../support/transactions.ts';

const model = { tenant: 'acme', model: 'iris' };
const at = { ms: 0, iso: '2026-01-01T00:00:00.000Z' };
const route = firstRoute(model, { version: '1.0.0', digest: digestA }, at);

beforeEach(() => dynamo.reset());

describe('a stored route', () => {
  it('is read without the keys of its item', async () => {
    const keys = { PK: 'T#acme#R#iris', SK: 'CUR', G2PK: 'ROUTE', G2SK: 'acme/iris' };
    dynamo.on(GetCommand).resolves({ Item: { ...route, ...keys } });
    expect(await new Routes(table()).of(model)).toEqual(route);
  });

  it('is undefined for a model that nothing serves', async () => {
    dynamo.on(GetCommand).resolves({});
    expect(await new Routes(table()).of(model)).toBeUndefined();
  });

  it('is refused when it cannot be read, by what is wrong with it', async () => {
    dynamo.on(GetCommand).resolves({ Item: { ...route, generation: 'four' } });
    await expect(new Routes(table()).of(model)).rejects.toThrow(
      /the route of acme\/iris cannot be read: generation: /,
    );
  });
});

describe('the routes of many models', () => {
  it('are read at once, without models that nothing serves', async () => {
    const keys = { PK: 'T#acme#R#iris', SK: 'CUR' };
    dynamo.on(BatchGetCommand).resolves({ Responses: { registry: [{ ...route, ...keys }] } });
    const models = [model, { tenant: 'acme', model: 'wine' }];
    expect(await new Routes(table()).many(models)).toEqual([route]);
    const asked = dynamo.commandCalls(BatchGetCommand)[0]?.args[0].input.RequestItems;
    expect(asked?.registry?.Keys).toEqual([keys, { PK: 'T#acme#R#wine', SK: 'CUR' }]);
  });

  it('are asked for of no model without asking', async () => {
    expect(await new Routes(table()).many([])).toEqual([]);
  });
});

describe('the renewal of a lease', () => {
  it('lengthens the lease alone, of the route that was seen', async () => {
    dynamo.on(UpdateCommand).resolves({});
    expect(await new Routes(table()).renewLease({ ...route, killEpoch: 3 }, 70_000)).toBe(true);
    expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
      Key: { PK: 'T#acme#R#iris', SK: 'CUR' },
      UpdateExpression: 'SET #candidate.#leaseUntil = :to',
      ConditionExpression: 'generation = :g AND killEpoch = :k AND #candidate.#leaseUntil < :to',
      ExpressionAttributeNames: { '#candidate': 'candidate', '#leaseUntil': 'leaseUntil' },
      ExpressionAttributeValues: { ':g': 1, ':k': 3, ':to': 70_000 },
    });
  });

  it('names an experiment by its place', async () => {
    dynamo.on(UpdateCommand).resolves({});
    await new Routes(table()).renewExperiment(route, 2, 70_000);
    expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
      UpdateExpression: 'SET #experiments[2].#leaseUntil = :to',
      ExpressionAttributeNames: { '#experiments': 'experiments', '#leaseUntil': 'leaseUntil' },
    });
  });

  it('says so when the route has moved on, or the lease is longer already', async () => {
    dynamo
      .on(UpdateCommand)
      .rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'no' }));
    expect(await new Routes(table()).renewLease(route, 70_000)).toBe(false);
  });

  it('throws what is no such answer', async () => {
    dynamo.on(UpdateCommand).rejects(new Error('away'));
    await expect(new Routes(table()).renewLease(route, 70_000)).rejects.toThrow('away');
  });
});

it("writes a model's first route only where there is none", () => {
  expect(routeWrite(route, undefined).action('registry')).toMatchObject({
    Put: {
      ConditionExpression: 'attribute_not_exists(PK)',
      Item: { PK: 'T#acme#R#iris', G2PK: 'ROUTE', G2SK: 'acme/iris', generation: 1 },
    },
  });
});
