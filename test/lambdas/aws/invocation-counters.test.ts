import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { InvocationCounters } from '#aws/invocation-counters.ts';
import { MetricsItems } from '../../support/metrics-items.ts';

const NOW = 1_790_000_000_000;
const HOUR = Math.floor(NOW / 3_600_000);

it('sums what processes told last of an hour, whatever comes late', async () => {
  const table = new MetricsItems();
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const counters = new InvocationCounters('metrics', client, () => NOW);
  const told = (process: string, invocations: number, hour = HOUR) =>
    counters.put({ hour, process, invocations });
  await told('p1', 10);
  await told('p1', 7);
  await told('p2', 5);
  await told('p2', 5);
  await told('p1', 100, HOUR + 1);
  expect(await counters.of(HOUR)).toBe(15);
  expect(await counters.of(HOUR - 1)).toBe(0);
  const padded = String(HOUR).padStart(10, '0');
  expect(table.items.get(`F#INVOCATIONS ${padded}#p1`)).toMatchObject({
    expiresAt: NOW / 1000 + 7 * 86_400,
  });
});
