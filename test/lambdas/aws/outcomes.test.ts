import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Outcomes } from '#aws/outcomes.ts';
import type { Decision } from '#domain/serving/decision.ts';
import {
  cancelled,
  dynamo,
  lastWrites,
  staticFaults,
  writeTo,
} from '../../support/transactions.ts';

const NOW = 1_790_000_000_000;
const EXPIRES = 1_790_000_000 + 90 * 86_400;
const MODEL = { tenant: 'acme', model: 'risk' };
const outcomes = () =>
  new Outcomes('metrics', new DynamoDBClient({ region: 'eu-west-1' }), () => NOW);

const unit = (n: number): string => n.toString(16).padStart(8, '0').padEnd(32, 'f');
const decision = (n: number, more: Partial<Decision> = {}): Decision => ({
  ...MODEL,
  generation: 7,
  trial: 'checkout',
  arm: 'control',
  unit: unit(n),
  by: 'user',
  at: NOW,
  ...more,
});
const SUM = `T#acme#O#risk S#checkout#0000000007#control#1`;
const marker = (n: number) => `T#acme#O#risk U#checkout#${unit(n)}`;
const sent = () => dynamo.commandCalls(TransactWriteCommand).length;

describe('Outcomes.add', () => {
  beforeEach(() => {
    dynamo.reset();
    dynamo.on(TransactWriteCommand).resolves({});
  });

  it('adds to the sum of the arm and marks the unit, at once', async () => {
    const added = await outcomes().add(MODEL, [
      { decision: decision(1), score: 0.5 },
      { decision: decision(2), score: -2 },
    ]);
    expect(added).toEqual(['accepted', 'accepted']);
    expect(lastWrites().map(({ key }) => key)).toEqual([marker(1), marker(2), SUM]);
    expect(writeTo(marker(1))).toMatchObject({
      kind: 'Put',
      condition: 'attribute_not_exists(PK)',
      item: { generation: 7, arm: 'control', expiresAt: EXPIRES },
    });
    expect(writeTo(SUM)).toMatchObject({
      kind: 'Update',
      update:
        'SET arm = :arm, expiresAt = :until ADD units :units, scores :scores, squares :squares',
      values: {
        ':arm': 'control',
        ':until': EXPIRES,
        ':units': 2n,
        ':scores': -1_500_000n,
        ':squares': 250_000_000_000n + 4_000_000_000_000n,
      },
    });
    expect(staticFaults()).toEqual([`${SUM}: no condition`]);
  });

  it('writes one sum for each arm and generation', async () => {
    await outcomes().add(MODEL, [
      { decision: decision(1), score: 1 },
      { decision: decision(2, { arm: 'a' }), score: 1 },
      { decision: decision(3, { generation: 8 }), score: 1 },
      { decision: decision(4), score: 1 },
    ]);
    expect(
      lastWrites()
        .slice(4)
        .map(({ key }) => key.split(' ')[1]),
    ).toEqual([
      'S#checkout#0000000007#control#1',
      'S#checkout#0000000007#a#1',
      'S#checkout#0000000008#control#1',
    ]);
  });

  it('counts a unit once that comes twice in one request', async () => {
    const added = await outcomes().add(MODEL, [
      { decision: decision(1), score: 1 },
      { decision: decision(1, { generation: 8, arm: 'a' }), score: 5 },
    ]);
    expect(added).toEqual(['accepted', 'repeated']);
    expect(writeTo(SUM).values[':units']).toBe(1n);
  });

  it('writes again without the units that have counted', async () => {
    dynamo
      .on(TransactWriteCommand)
      .rejectsOnce(cancelled('ConditionalCheckFailed', 'None', 'None'))
      .resolves({});
    const added = await outcomes().add(MODEL, [
      { decision: decision(1), score: 1 },
      { decision: decision(9), score: 3 },
    ]);
    expect(added).toEqual(['repeated', 'accepted']);
    expect(lastWrites().map(({ key }) => key)).toEqual([marker(9), SUM]);
    expect(writeTo(SUM).values[':scores']).toBe(3_000_000n);
  });

  it('writes nothing more once all have counted', async () => {
    dynamo.on(TransactWriteCommand).rejects(cancelled('ConditionalCheckFailed', 'None'));
    expect(await outcomes().add(MODEL, [{ decision: decision(1), score: 1 }])).toEqual([
      'repeated',
    ]);
    expect(sent()).toBe(1);
  });

  it('tries again when another writer was in the way, and gives up in the end', async () => {
    dynamo
      .on(TransactWriteCommand)
      .rejectsOnce(cancelled('None', 'TransactionConflict'))
      .resolves({});
    expect(await outcomes().add(MODEL, [{ decision: decision(1), score: 1 }])).toEqual([
      'accepted',
    ]);
    dynamo.on(TransactWriteCommand).rejects(cancelled('None', 'TransactionConflict'));
    await expect(outcomes().add(MODEL, [{ decision: decision(1), score: 1 }])).rejects.toThrow(
      'met other writers 5 times',
    );
    expect(sent()).toBe(7);
  });

  it.each([
    ['a fault', new Error('away')],
    ['a transaction that no try mends', cancelled('None', 'ValidationError')],
  ])('lets %s through', async (_, fault) => {
    dynamo.on(TransactWriteCommand).rejects(fault);
    await expect(outcomes().add(MODEL, [{ decision: decision(1), score: 1 }])).rejects.toBe(fault);
    expect(sent()).toBe(1);
  });

  it('stays within a transaction with as many outcomes as it takes', async () => {
    const most = Array.from({ length: 40 }, (_, i) => ({
      decision: decision(i, { generation: i }),
      score: 1,
    }));
    await outcomes().add(MODEL, most);
    expect(lastWrites()).toHaveLength(80);
  });

  it('sends nothing for nothing', async () => {
    expect(await outcomes().add(MODEL, [])).toEqual([]);
    expect(sent()).toBe(0);
  });
});

describe('Outcomes.of', () => {
  const asked: unknown[] = [];
  /** Speaks to a DynamoDB that answers each request with these items, as it writes them. */
  const stored = (...Items: unknown[]) => {
    const requestHandler = {
      handle: async ({ body }: { body: string }) => {
        asked.push(JSON.parse(body));
        return {
          response: { statusCode: 200, headers: {}, body: Buffer.from(JSON.stringify({ Items })) },
        };
      },
    };
    return new Outcomes('metrics', new DynamoDBClient({ region: 'eu-west-1', requestHandler }));
  };
  const item = (arm: string, units: string, scores: string, squares: string) => ({
    arm: { S: arm },
    units: { N: units },
    scores: { N: scores },
    squares: { N: squares },
    expiresAt: { N: '1' },
  });

  beforeAll(() => dynamo.restore());

  it('sums the shards of each arm by every digit', async () => {
    const found = await stored(
      item('control', '2', '3000000', '5000000000000'),
      item('control', '1', '3E+6', '9e12'),
      item('a', '1', '999999999999', '999999999998000000000001'),
    ).of(MODEL, 'checkout', 7);
    expect(found).toEqual({
      control: { count: 3, mean: 2, m2: 2 },
      a: { count: 1, mean: 999_999.999999, m2: 0 },
    });
    expect(asked.at(-1)).toMatchObject({
      TableName: 'metrics',
      ConsistentRead: true,
      ExpressionAttributeValues: {
        ':pk': { S: 'T#acme#O#risk' },
        ':prefix': { S: 'S#checkout#0000000007#' },
      },
    });
  });

  it.each(['1.5', '15E-1', 'NaN'])('faults on %s, which no sum can be', async (wrong) => {
    await expect(stored(item('a', '1', wrong, '1')).of(MODEL, 'checkout', 7)).rejects.toThrow(
      'expected a whole one',
    );
  });

  it('is nothing where nothing came', async () => {
    expect(await stored().of(MODEL, 'candidate/0123456789abcdef', 7)).toEqual({});
  });
});
