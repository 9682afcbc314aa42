import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ProcessTraffic, TrafficCounters } from '#aws/traffic-counters.ts';
import { sampleOf } from '#domain/rollout/distinct.ts';
import type { ArmTraffic } from '#domain/rollout/traffic.ts';
import { dynamo } from '../../support/transactions.ts';

const NOW = 1_790_000_000_000;
const counters = () =>
  new TrafficCounters('metrics', new DynamoDBClient({ region: 'eu-west-1' }), () => NOW);

const arm = (exposures: number, failures: number): ArmTraffic => ({
  assigned: exposures,
  exposures,
  failures,
  kinds: failures > 0 ? { timeout: failures } : {},
  latency: [[100, exposures - failures]],
});
const counted: ProcessTraffic = {
  tenant: 'acme',
  model: 'risk',
  generation: 7,
  process: 'p1',
  seq: 3,
  traffic: { candidate: { stable: arm(9, 0), candidate: arm(1, 1) } },
};

beforeEach(() => {
  dynamo.reset();
  dynamo.on(PutCommand).resolves({});
});

describe('TrafficCounters.put', () => {
  it('overwrites the one item of the process, unless a later state is there', async () => {
    await counters().put(counted);
    expect(dynamo.commandCalls(PutCommand)[0]?.args[0].input).toEqual({
      TableName: 'metrics',
      Item: {
        PK: 'T#acme#C#risk',
        SK: 'G#0000000007#p1',
        seq: 3,
        traffic: counted.traffic,
        expiresAt: 1_790_000_000 + 30 * 86_400,
      },
      ConditionExpression: 'attribute_not_exists(PK) OR seq < :seq',
      ExpressionAttributeValues: { ':seq': 3 },
    });
  });

  it('takes a later state that is there for success', async () => {
    const later = new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
    dynamo.on(PutCommand).rejects(later);
    await expect(counters().put(counted)).resolves.toBeUndefined();
  });

  it('lets other faults through', async () => {
    dynamo.on(PutCommand).rejects(new Error('throttled'));
    await expect(counters().put(counted)).rejects.toThrow('throttled');
  });
});

describe('TrafficCounters.of', () => {
  it('sums the processes of one generation over all pages, strongly consistent', async () => {
    dynamo
      .on(QueryCommand)
      .resolvesOnce({ Items: [{ traffic: counted.traffic }], LastEvaluatedKey: { PK: 'x' } })
      .resolves({ Items: [{ traffic: counted.traffic }, { traffic: {} }] });
    expect(await counters().of(counted, 7)).toEqual({
      candidate: { stable: arm(18, 0), candidate: arm(2, 2) },
    });
    const [first, second] = dynamo.commandCalls(QueryCommand).map(({ args }) => args[0].input);
    expect(first).toMatchObject({
      TableName: 'metrics',
      KeyConditionExpression: 'PK = :pk AND begins_with(SK, :prefix)',
      ExpressionAttributeValues: { ':pk': 'T#acme#C#risk', ':prefix': 'G#0000000007#' },
      ConsistentRead: true,
    });
    expect(second?.ExclusiveStartKey).toEqual({ PK: 'x' });
  });

  it('has each sampled user once, whichever processes met it', async () => {
    const sampled = (...hashes: number[]) => {
      const all = sampleOf(0, hashes);
      const { latency: _, ...counts } = arm(hashes.length, hashes.length);
      const sample = { assigned: all, exposed: all, failed: { timeout: all } };
      return { ...arm(hashes.length, hashes.length), users: { ...counts, sample } };
    };
    const item = (...hashes: number[]) => ({
      traffic: { candidate: { stable: sampled(...hashes) } },
    });
    dynamo.on(QueryCommand).resolves({ Items: [item(1, 2), item(2, 3), item(3)] });
    const { candidate } = await counters().of(counted, 7);
    const both = sampleOf(0, [1, 2, 3]);
    expect(candidate?.stable).toMatchObject({
      failures: 5,
      users: {
        failures: 5,
        sample: { assigned: both, exposed: both, failed: { timeout: both } },
      },
    });
  });

  it('faults on an item that is no traffic', async () => {
    dynamo.on(QueryCommand).resolves({ Items: [{ traffic: { candidate: { stable: {} } } }] });
    await expect(counters().of(counted, 7)).rejects.toThrow();
  });

  it('is nothing where nothing was counted', async () => {
    dynamo.on(QueryCommand).resolves({});
    expect(await counters().of(counted, 7)).toEqual({});
  });
});
