import { gunzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { HourlyCounters, type ProcessHour } from '#aws/hourly-counters.ts';
import { NOTHING_SEEN, type Seen, sumSeen } from '#domain/monitoring/capture/seen.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { MetricsItems } from '../../support/metrics-items.ts';

const NOW = 1_790_000_000_000;
const HOUR = Math.floor(NOW / 3_600_000);
const PADDED = String(HOUR).padStart(10, '0');
const digest = hashOf('version');
const profile = hashOf('profile');
const model = { tenant: 'acme', model: 'risk' };
const counters = () =>
  new HourlyCounters('metrics', new DynamoDBClient({ region: 'eu-west-1' }), () => NOW);

const counts = (...all: number[]) => ({
  counts: Float64Array.from(all),
  ends: Float64Array.of(0.5, -3),
});
const seen = (requests: number, more: Partial<Seen> = {}): Seen => ({
  ...NOTHING_SEEN,
  ...{ profile, requests, rows: 2 * requests, counted: requests, failures: { timeout: 1 } },
  ...{ latency: [[100, requests]], features: [counts(requests, 1), counts(0, 2, 3)] },
  answers: counts(1, requests),
  scores: { counts: Float64Array.of(1, 2), sums: Float64Array.of(0.25, 1.5) },
  ...more,
});
const state = (more: Partial<ProcessHour> = {}): ProcessHour => ({
  ...model,
  ...{ digest, hour: HOUR, process: 'p1', seq: 1, seen: seen(1) },
  ...more,
});

const bytesOf = (item: Record<string, unknown> | undefined) => item?.seen as Uint8Array;

let table: MetricsItems;
beforeEach(() => {
  table = new MetricsItems();
});

describe('HourlyCounters.put', () => {
  it('keeps one item of a process and hour for a week, packed', async () => {
    await counters().put(state());
    const item = table.items.get(`T#acme#H#risk RAW#${digest.slice(0, 16)}#${PADDED}#p1`);
    expect(item).toMatchObject({ seq: 1, expiresAt: NOW / 1000 + 7 * 86_400 });
    expect(JSON.parse(gunzipSync(bytesOf(item)).toString())).toMatchObject({
      requests: 1,
      features: [{ counts: [1, 1], ends: [0.5, -3] }, { counts: [0, 2, 3] }],
    });
  });

  it('counts a state that is written twice once, and one that comes late not at all', async () => {
    const [first, second] = [state(), state({ seq: 2, seen: seen(5) })];
    for (const one of [first, second, second, first]) await counters().put(one);
    expect(await counters().raw(model, digest, HOUR)).toEqual([seen(5)]);
  });

  it('takes the state as it is when it is told, whatever is counted while it is packed', async () => {
    const growing = counts(1, 2);
    const put = counters().put(state({ seen: seen(1, { features: [growing] }) }));
    growing.counts[0] = 100;
    await put;
    const [kept] = await counters().raw(model, digest, HOUR);
    expect(kept?.features).toEqual([counts(1, 2)]);
  });

  it('lets other faults through', async () => {
    mockClient(DynamoDBDocumentClient).on(PutCommand).rejects(new Error('throttled'));
    await expect(counters().put(state())).rejects.toThrow('throttled');
  });

  it('leaves the last features out of what an item has no room for, and still counts requests', async () => {
    let number = 1;
    const noise = () => {
      number = (number * 48_271) % 2_147_483_647;
      return number;
    };
    const features = Array.from({ length: 2_000 }, () =>
      counts(...Array.from({ length: 61 }, noise)),
    );
    await counters().put(state({ seen: seen(7, { features }) }));
    const [item] = table.items.values();
    expect(bytesOf(item).length).toBeLessThanOrEqual(350_000);
    const [kept] = await counters().raw(model, digest, HOUR);
    expect(kept).toMatchObject({ requests: 7, counted: 7 });
    expect(kept?.features.length).toBeGreaterThan(500);
    expect(kept?.features).toEqual(features.slice(0, kept?.features.length));
  });
});

describe('HourlyCounters.raw', () => {
  it('has each process of the version and hour, and no others', async () => {
    await counters().put(state({ process: 'p1', seen: seen(1) }));
    await counters().put(state({ process: 'p2', seen: seen(2) }));
    await counters().put(state({ hour: HOUR + 1, seen: seen(4) }));
    await counters().put(state({ digest: hashOf('another'), seen: seen(8) }));
    await counters().put(state({ model: 'other', seen: seen(16) }));
    expect(await counters().raw(model, digest, HOUR)).toEqual([seen(1), seen(2)]);
    expect(table.queries[0]).toMatchObject({ ConsistentRead: true });
  });

  it('sums processes of which one had no room for all features to those that all have', async () => {
    await counters().put(state({ process: 'p1', seen: seen(1) }));
    const narrow = seen(2, { features: [counts(2, 1)] });
    await counters().put(state({ process: 'p2', seen: narrow }));
    const sum = sumSeen(profile, await counters().raw(model, digest, HOUR));
    expect(sum.requests).toBe(3);
    expect(sum.features.map((feature) => [...feature.counts])).toEqual([[3, 2]]);
  });

  it('faults on an item that is no count', async () => {
    const key = { PK: 'T#acme#H#risk', SK: `RAW#${digest.slice(0, 16)}#${PADDED}#p` };
    table.items.set('x', { ...key, seen: 'text' });
    await expect(counters().raw(model, digest, HOUR)).rejects.toThrow('expected bytes');
  });
});

describe('HourlyCounters.roll', () => {
  it('keeps an hour for five weeks, and gives a range of hours', async () => {
    for (const hour of [HOUR - 2, HOUR - 1, HOUR])
      await counters().roll(model, digest, hour, seen(hour));
    const [item] = table.items.values();
    expect(item).toMatchObject({
      SK: `ROLLED#${digest.slice(0, 16)}#${String(HOUR - 2).padStart(10, '0')}`,
      expiresAt: NOW / 1000 + 35 * 86_400,
    });
    const rolled = await counters().rolled(model, digest, HOUR - 2, HOUR);
    expect([...rolled]).toEqual([
      [HOUR - 2, seen(HOUR - 2)],
      [HOUR - 1, seen(HOUR - 1)],
    ]);
    expect(await counters().rolled(model, digest, HOUR, HOUR)).toEqual(new Map());
  });

  it('takes a sum of more, or of as much, and leaves out one of less', async () => {
    const counted = (requests: number, features: number) => seen(requests, { counted: features });
    for (const one of [counted(5, 3), counted(4, 4), counted(5, 2)]) {
      const kept = await counters().roll(model, digest, HOUR, one);
      expect(kept).toBe(one.requests === 5 && one.counted === 3);
      expect(await counters().rolled(model, digest, HOUR, HOUR + 1)).toEqual(
        new Map([[HOUR, counted(5, 3)]]),
      );
    }
    for (const one of [counted(5, 3), counted(5, 4), counted(6, 0)]) {
      expect(await counters().roll(model, digest, HOUR, one)).toBe(true);
      expect(await counters().rolled(model, digest, HOUR, HOUR + 1)).toEqual(
        new Map([[HOUR, one]]),
      );
    }
  });
});
