import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MonitoringStates } from '#aws/monitoring.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { AuditEntry } from '#domain/audit/entry.ts';
import { type Monitoring, stateOf } from '#domain/monitoring/check/state.ts';
import { WATCHED } from '#domain/monitoring/report/drift-report.ts';
import { NO_TRUTH } from '#domain/monitoring/truth/truth-sums.ts';
import { monitoringKey } from '#domain/registry/keys.ts';
import { bucketOf } from '#domain/rollout/histogram.ts';
import { ConditionalTable } from '../../support/conditional-table.ts';
import { digestA, subject } from '../../support/sample-release.ts';

/** As DynamoDB counts: names, text, numbers of two digits a byte, 3 for a list or map and 1 for each in it. */
function bytesOf(item: Record<string, AttributeValue>): number {
  const of = ({ S, N, L, M }: AttributeValue): number => {
    if (S !== undefined) return Buffer.byteLength(S);
    if (N !== undefined) return Math.ceil(N.replace(/\D/g, '').length / 2) + 2;
    if (L) return 3 + L.reduce((sum, value) => sum + 1 + of(value), 0);
    return M ? 3 + bytesOf(M) : 1;
  };
  const all = Object.entries(item);
  return all.reduce((sum, [name, value]) => sum + 1 + Buffer.byteLength(name) + of(value), 0);
}

const version = { ...subject, digest: digestA };
const AT = '2026-03-02T12:00:00.000Z';
const fresh = stateOf(undefined, version, Date.parse(AT));

let entries = 0;
const entry = (type: AuditEntry['type'] = 'monitoring.checked'): AuditEntry => ({
  id: `entry-${entries++}`,
  ...{ type, tenant: 'acme', subject: 'acme/iris/1.0.0', actor: 'check-model', at: AT, data: {} },
});

describe('the state of a model', () => {
  it('is written with its entries, and read as it was written', async () => {
    const table = new ConditionalTable();
    const states = new MonitoringStates(table.registry);
    expect(await states.get(subject)).toBeUndefined();
    const all = [entry(), entry('drift.detected'), entry('promotion.blocked')] as const;
    expect(await states.record(fresh, undefined, all)).toEqual({ ok: true });
    expect(await states.get(subject)).toEqual({ ...fresh, rev: 1 });
    expect(
      table
        .entries()
        .map(({ type }) => type)
        .sort(),
    ).toEqual([...['drift.detected', 'monitoring.checked', 'promotion.blocked']]);
    expect(table.get(monitoringKey(subject))).toMatchObject({ blocked: false });
  });

  it('keeps labels of any name, which clients choose', async () => {
    const table = new ConditionalTable();
    const states = new MonitoringStates(table.registry);
    const names = Object.getOwnPropertyNames(Object.prototype);
    const sums = { ...NO_TRUTH, labels: Object.fromEntries(names.map((name) => [name, 1])) };
    const labels = { days: { 20700: sums }, rows: { 496800: names.length } };
    await states.record({ ...fresh, labels }, undefined, [entry()]);
    const item = unmarshall(marshall(table.get(monitoringKey(subject))));
    expect(item).toEqual(table.get(monitoringKey(subject)));
    expect(await states.get(subject)).toEqual({ ...fresh, labels, rev: 1 });
  });

  it('has less than 80 kB beside labels, at its fullest', async () => {
    const table = new ConditionalTable();
    const states = new MonitoringStates(table.registry);
    const ratios = { warn: 1 / 3, retrain: 1 / 3, page: 1 / 3, critical: 1 / 3 };
    const strand = {
      checkedAt: 1.7e12,
      recent: Array(10).fill(ratios),
      raised: 'critical',
    } as const;
    const alarm = { ...strand, since: AT, ratios, strands: { quarter: strand, day: strand } };
    // From 10 µs to the 25 s that a request may take, each bucket 2 % wider than the one before.
    const latency = Array.from(
      { length: bucketOf(25_000) - bucketOf(0.01) },
      (_, i) => [i, 1e6] as const,
    );
    const served = { requests: 1e9, cached: 1e9, failures: { threw: 1e9 }, latency };
    const waiting = { since: 1.7e12, served };
    const hours = Array.from({ length: 168 }, (_, i) => [
      490_000 + i,
      { rows: 1e6, score: 1e6 / 3 },
    ]);
    const full: Monitoring = {
      ...fresh,
      alarms: Object.fromEntries(WATCHED.map((watched) => [watched, alarm])),
      concept: { ...fresh.concept, taken: Object.fromEntries(hours) },
      service: { hour: 1, counted: served, errors: waiting, latency: waiting },
    };
    await states.record(full, undefined, [entry()]);
    const item = marshall(table.get(monitoringKey(subject)) ?? {});
    expect(bytesOf(item)).toBeGreaterThan(30_000);
    expect(bytesOf(item)).toBeLessThan(80_000);
  });

  it('is refused where it was made from another one, with its entries', async () => {
    const table = new ConditionalTable();
    const states = new MonitoringStates(table.registry);
    await states.record(fresh, undefined, [entry()]);
    const refused = { ok: false, failed: ['monitoring'] };
    expect(await states.record(fresh, undefined, [entry(), entry()])).toEqual(refused);
    expect(await states.record(fresh, { rev: 7 }, [entry()])).toEqual(refused);
    expect(table.entries()).toHaveLength(1);
  });

  it('takes one of several checks that were made from the same one, however they meet', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 12 }), async (writers) => {
        const table = new ConditionalTable();
        const states = new MonitoringStates(table.registry);
        const held = new Map<number, Monitoring | undefined>();
        let written = 0;
        for (const writer of writers) {
          if (!held.has(writer)) held.set(writer, await states.get(subject));
          else {
            const seen = held.get(writer);
            held.delete(writer);
            if ((await states.record(seen ?? fresh, seen, [entry()])).ok) written++;
          }
        }
        expect((await states.get(subject))?.rev ?? 0).toBe(written);
      }),
    );
  });
});

describe('states of many models', () => {
  it('are read together, and those that were left again', async () => {
    const dynamo = mockClient(DynamoDBDocumentClient);
    const item = (model: string) => ({ ...monitoringKey({ tenant: 'acme', model }), model });
    dynamo
      .on(BatchGetCommand)
      .resolvesOnce({
        Responses: { registry: [item('a')] },
        UnprocessedKeys: { registry: { Keys: [monitoringKey({ tenant: 'acme', model: 'b' })] } },
      })
      .resolves({ Responses: { registry: [item('b')] } });
    const states = new MonitoringStates(new RegistryTable('registry', new DynamoDBClient({})));
    const models = ['a', 'b', 'c'].map((model) => ({ tenant: 'acme', model }));
    expect(await states.many(models)).toEqual([{ model: 'a' }, { model: 'b' }]);
    const asked = dynamo.commandCalls(BatchGetCommand).map(({ args }) => args[0].input);
    expect(asked.map(({ RequestItems }) => RequestItems?.registry?.Keys?.length)).toEqual([3, 1]);
  });

  it('of no model are not asked for', async () => {
    const dynamo = mockClient(DynamoDBDocumentClient);
    const states = new MonitoringStates(new RegistryTable('registry', new DynamoDBClient({})));
    expect(await states.many([])).toEqual([]);
    expect(dynamo.calls()).toEqual([]);
  });
});
