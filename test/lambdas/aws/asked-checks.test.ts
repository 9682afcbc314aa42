import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { AskedChecks } from '#aws/asked-checks.ts';
import type { CheckMessage } from '#domain/monitoring/check/check-message.ts';
import { holds, type Item } from '../../support/expressions.ts';

const AT = Date.parse('2026-03-02T12:34:56Z');
const dynamo = mockClient(DynamoDBDocumentClient);
const message = (more: Partial<CheckMessage> = {}): CheckMessage => ({
  ...{ tenant: 'acme', model: 'churn', kinds: ['drift'], at: '2026-03-02T12:34:00.000Z' },
  asked: true,
  ...more,
});

let items: Map<string, Item>;
let sent: CheckMessage[];
let takes: boolean;
const queue = {
  ask: async (one: CheckMessage) => {
    if (!takes) throw new Error('ServiceUnavailable');
    sent.push(one);
  },
};
const checks = () => new AskedChecks('metrics', queue, new DynamoDBClient({}), () => AT);

beforeEach(() => {
  items = new Map();
  sent = [];
  takes = true;
  dynamo.reset();
  dynamo.on(PutCommand).callsFake((put) => {
    const key = `${put.Item.PK} ${put.Item.SK}`;
    const before = items.get(key);
    if (put.ConditionExpression && !holds(put.ConditionExpression, before ?? {}, put)) {
      throw new ConditionalCheckFailedException({
        message: 'The conditional request failed',
        $metadata: {},
        ...(before && put.ReturnValuesOnConditionCheckFailure && { Item: marshall(before) }),
      });
    }
    items.set(key, put.Item);
    return {};
  });
});

it('writes a check down for a day, and sends it', async () => {
  expect(await checks().ask(message())).toEqual(message());
  expect(sent).toEqual([message()]);
  expect([...items.values()]).toEqual([
    {
      ...{ PK: 'T#acme#A#churn', SK: '2026-03-02T12:34:00.000Z', kinds: ['drift'] },
      expiresAt: AT / 1000 + 24 * 3600,
    },
  ]);
});

it('sends one message for each model and time, and tells which check it is', async () => {
  const asking = [message(), message({ kinds: ['health'] }), message()];
  const made = await Promise.all(asking.map((one) => checks().ask(one)));
  expect(made).toEqual([message(), message(), message()]);
  expect(sent).toEqual([message()]);
});

it.each<Partial<CheckMessage>>([
  { at: '2026-03-02T12:35:00.000Z' },
  { model: 'fraud' },
  { tenant: 'rival' },
])('sends another one for %j', async (more) => {
  await checks().ask(message());
  await checks().ask(message(more));
  expect(sent).toEqual([message(), message(more)]);
});

it('sends what the queue did not take when it is asked for again', async () => {
  takes = false;
  await expect(checks().ask(message())).rejects.toThrow('ServiceUnavailable');
  takes = true;
  expect(await checks().ask(message({ kinds: ['health'] }))).toEqual(
    message({ kinds: ['health'] }),
  );
  await checks().ask(message());
  expect(sent).toEqual([message({ kinds: ['health'] })]);
});
