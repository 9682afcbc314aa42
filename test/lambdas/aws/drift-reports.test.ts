import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { DriftReports } from '#aws/drift-reports.ts';
import { check } from '#domain/monitoring/check/check.ts';
import { AT, HOUR, input, reference, seen, week } from '../../domain/monitoring/watched-world.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const of = reference();
const { report } = check(input({ quarters: week(of, seen(of, 1, { shift: 1 })) }));
const model = { tenant: 'acme', model: 'churn' };

let evidence: MemoryEvidence;
let items: Map<string, Record<string, unknown>>;
const reports = () => new DriftReports('metrics', evidence, new DynamoDBClient({}), () => AT);

beforeEach(() => {
  evidence = new MemoryEvidence();
  items = new Map();
  dynamo.reset();
  dynamo.on(PutCommand).callsFake(({ Item }) => {
    items.set(`${Item.PK} ${Item.SK}`, Item);
    return {};
  });
  dynamo.on(QueryCommand).callsFake((query) => {
    const { ':pk': pk, ':before': before, ':sk': sk } = query.ExpressionAttributeValues;
    const found = [...items.values()]
      .filter((item) => item.PK === pk)
      .filter(({ SK }) => (before === undefined || String(SK) < before) && (!sk || SK === sk))
      .sort((a, b) => (String(a.SK) < String(b.SK) ? 1 : -1));
    return { Items: found.slice(0, query.Limit ?? found.length) };
  });
});

describe('a report', () => {
  it('is kept as a document, as a page, and in the index of its model for 400 days', async () => {
    const { json, html } = await reports().save(report);
    expect(json.key).toBe(`drift-reports/acme/churn/${report.at}-${report.id}.json`);
    expect(html.key).toBe(`drift-reports/acme/churn/${report.at}-${report.id}.html`);
    expect(JSON.parse(evidence.text(json.key))).toEqual(report);
    expect(evidence.text(html.key)).toContain('<!doctype html>');
    expect([...items.values()]).toEqual([
      expect.objectContaining({
        PK: 'T#acme#K#churn',
        SK: `${report.at}#${report.id}`,
        ...{ kinds: ['drift'], version: '1.0.0', outcome: 'DRIFT', level: 'none' },
        drifted: expect.arrayContaining(['X/age', 'X/income', 'X/tenure']),
        expiresAt: AT / 1000 + 400 * 24 * 3600,
      }),
    ]);
  });

  it('is kept once, however often', async () => {
    const first = await reports().save(report);
    expect(await reports().save(report)).toEqual(first);
    expect(evidence.documents.size).toBe(2);
    expect(items.size).toBe(1);
  });

  it('is found by its id, of its own model alone', async () => {
    await reports().save(report);
    const found = await reports().get(model, report.id);
    expect(found?.report).toEqual(report);
    expect(found?.key).toBe(found?.kept.json.key);
    expect(await reports().get({ ...model, tenant: 'rival' }, report.id)).toBeUndefined();
    expect(await reports().get({ ...model, model: 'fraud' }, report.id)).toBeUndefined();
    expect(await reports().get(model, 'x')).toBeUndefined();
    expect(await reports().get(model, report.id.replace(/.$/, 'x'))).toBeUndefined();
  });

  it('whose document was altered is not given', async () => {
    const { json, html } = await reports().save(report);
    const other = new TextEncoder().encode('{}');
    evidence.documents.set(json.key, other).set(html.key, other);
    await expect(reports().latest(model)).rejects.toThrow();
    await expect(reports().page({ html })).rejects.toThrow();
  });
});

describe('reports of a model', () => {
  const later = check(input({ at: AT + HOUR, quarters: week(of) })).report;

  it('are listed from the newest on, a page at a time', async () => {
    await reports().save(report);
    await reports().save(later);
    const [newest, ...others] = await reports().list(model, 1);
    expect(newest?.id).toBe(later.id);
    expect(others).toEqual([]);
    expect((await reports().list(model, 5, newest)).map(({ id }) => id)).toEqual([report.id]);
    expect((await reports().latest(model))?.report.id).toBe(later.id);
  });

  it('are none of a model that was never checked', async () => {
    expect(await reports().list(model, 5)).toEqual([]);
    expect(await reports().latest(model)).toBeUndefined();
  });
});
