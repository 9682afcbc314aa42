import { GetCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import type { AuditEntry } from '#domain/audit/entry.ts';
import { approvalKey, modelKey, routeKey, versionKey } from '#domain/registry/keys.ts';
import type { Route, VersionRecord } from '#domain/registry/version-record.ts';
import { dynamodb } from './clients.ts';
import { until } from './until.ts';

const TableName = inject('cloud').outputs.RegistryTable ?? '';

async function item<T>(key: { PK: string; SK: string }): Promise<T | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName, Key: { ...key }, ConsistentRead: true }),
  );
  return Item as T | undefined;
}

export const versionOf = (model: string, version: string, tenant = 'default') =>
  item<VersionRecord>(versionKey({ tenant, model, version }));

export const routeOf = (model: string, tenant = 'default') =>
  item<Route>(routeKey({ tenant, model }));

export const approvalItem = (id: string, tenant = 'default') =>
  item<{ taskToken: string; status: string }>(approvalKey(tenant, id));

export async function versionsOf(model: string, tenant = 'default'): Promise<VersionRecord[]> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'PK = :pk AND begins_with(SK, :v)',
      ExpressionAttributeValues: { ':pk': modelKey({ tenant, model }).PK, ':v': 'V#' },
      ConsistentRead: true,
    }),
  );
  return Items as VersionRecord[];
}

/** The audit entries about a model, oldest first. */
export async function entriesAbout(model: string, tenant = 'default'): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb.send(
      new ScanCommand({
        TableName,
        FilterExpression: 'begins_with(PK, :aud) AND begins_with(subject, :model)',
        ExpressionAttributeValues: { ':aud': 'AUD#', ':model': `${tenant}/${model}` },
        ExclusiveStartKey: start,
      }),
    );
    entries.push(...((page.Items ?? []) as AuditEntry[]));
    start = page.LastEvaluatedKey;
  } while (start);
  return entries.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export const inState = (model: string, version: string, state: string): Promise<VersionRecord> =>
  until(`${model}@${version} in ${state}`, async () => {
    const record = await versionOf(model, version);
    return record?.state === state ? record : undefined;
  });

/** The approval that a version waits for. */
export const approvalIdOf = (model: string, version: string): Promise<string> =>
  until(
    `an approval of ${model}@${version}`,
    async () => (await versionOf(model, version))?.approval,
  );
