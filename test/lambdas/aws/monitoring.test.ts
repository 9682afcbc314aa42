import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MonitoringStates } from '#aws/monitoring.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { AuditEntry } from '#domain/audit/entry.ts';
import { type Monitoring, stateOf } from '#domain/monitoring/check/state.ts';
import { NO_TRUTH } from '#domain/monitoring/truth/truth-sums.ts';
import { monitoringKey } from '#domain/registry/keys.ts';
import { ConditionalTable } from '../../support/conditional-table.ts';
import { digestA, subject } from '../../support/sample-release.ts';

const version = { ...subject, digest: digestA };
const AT = '2026-03-02T12:00:00.000Z';
const fresh = stateOf(undefined, version, AT);

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
