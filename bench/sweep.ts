import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { hourOf } from '#domain/monitoring/capture/seen.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { monitoringKey, routeKey, versionKey } from '#domain/registry/keys.ts';
import { down, up } from '../local/cloud.ts';
import { Assay } from '../local/demo/assay.ts';
import { askDrifted } from '../local/demo/drift.ts';
import { Releases } from '../local/demo/releases.ts';
import { Story } from '../local/demo/story.ts';
import { REGION } from '../local/environment.ts';
import { PEOPLE, settlePeople, TENANT } from '../local/people.ts';

/**
 * Sweeps 500 models on a local cloud of its own: one released as any other, the others copies of its
 * registry items and counters, among them one whose window is garbage; a message that is none stands
 * before them all. Prints what was checked, and the peak memory of the functions' processes.
 * `npx tsx bench/sweep.ts`, about four minutes. Linux only: it reads /proc.
 */
const MODELS = 500;
const MODEL = 'breast-cancer';
const VERSION = '1.0.0';
const SIDE_BY_SIDE = 20;
const PATIENCE_MS = 300_000;
const home = '.local/bench-sweep';

const cloud = await up({ home, port: 0, say: (line) => console.error(line) });
const options = {
  endpoint: cloud.endpoint,
  region: REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const { RegistryTable, MetricsTable } = cloud.outputs.Assay ?? {};
const { CheckQueueUrl, SweepModelsFunction } = cloud.outputs.AssayMonitoring ?? {};
const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(options));
const names = Array.from({ length: MODELS - 1 }, (_, i) => `copy-${i}`);
const broken = names[250] as string;
try {
  await release();
  await each(names, copy);
  await put(MetricsTable, {
    PK: `T#${TENANT}#H#${broken}`,
    SK: `RAW#${await digest16()}#${String(hourOf(Date.now())).padStart(10, '0')}#garbage`,
    seen: 'no bytes',
  });
  const sqs = new SQSClient(options);
  await sqs.send(new SendMessageCommand({ QueueUrl: CheckQueueUrl, MessageBody: 'no message' }));
  const at = Date.now();
  await sweep(at);
  const checked = await settled(at);
  const missing = [MODEL, ...names].filter((name) => !checked.has(name));
  console.log(`${checked.size} of ${MODELS} models were checked; not: ${missing.join(', ')}`);
  console.log('| function | processes | peak resident memory, MiB | configured, MiB |');
  console.log('|---|---:|---:|---:|');
  for (const [name, configured] of [
    ['SweepModels', 512],
    ['CheckModel', 1769],
  ] as const) {
    const peaks = peaksMiB(name);
    console.log(`| ${name} | ${peaks.length} | ${Math.max(...peaks)} | ${configured} |`);
  }
} finally {
  await down({ home });
}

async function release(): Promise<void> {
  const assay = new Assay(cloud, await settlePeople(cloud));
  await Promise.all(PEOPLE.map(({ name }) => assay.login(name)));
  for (const admin of ['admin-1', 'admin-2']) {
    await assay.ask(admin, 'policy', 'set', '--file', 'examples/breast-cancer/policy.json');
  }
  const releases = new Releases(cloud, assay, new Story());
  await releases.register('examples/breast-cancer/1.0.0-baseline', 0);
  await releases.approve(VERSION);
  const asked = { person: 'submitter', model: MODEL, csv: 'examples/breast-cancer/traffic.csv' };
  for (const factor of [1, 1.001]) await askDrifted(cloud, asked, factor);
}

/** The items that a check begins with, under another model's name. */
async function copy(name: string): Promise<void> {
  const of = { tenant: TENANT, model: MODEL };
  const [route] = await items(RegistryTable, routeKey(of).PK, routeKey(of).SK);
  const [version] = await items(
    RegistryTable,
    versionKey({ ...of, version: VERSION }).PK,
    versionKey({ ...of, version: VERSION }).SK,
  );
  const other = { tenant: TENANT, model: name };
  await put(RegistryTable, {
    ...route,
    ...other,
    ...routeKey(other),
    G2SK: `${TENANT}/${name}`,
  });
  await put(RegistryTable, { ...version, ...other, ...versionKey({ ...other, version: VERSION }) });
  for (const counted of await items(MetricsTable, `T#${TENANT}#H#${MODEL}`, 'RAW#')) {
    await put(MetricsTable, { ...counted, PK: `T#${TENANT}#H#${name}` });
  }
}

async function digest16(): Promise<string> {
  const key = versionKey({ tenant: TENANT, model: MODEL, version: VERSION });
  const [version] = await items(RegistryTable, key.PK, key.SK);
  return String(version?.digest).slice(0, 16);
}

async function items(
  table: string | undefined,
  pk: string,
  sk: string,
): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'PK = :pk AND begins_with(SK, :sk)',
      ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
    }),
  );
  return Items;
}

function put(table: string | undefined, item: Record<string, unknown>): Promise<unknown> {
  return dynamodb.send(new PutCommand({ TableName: table, Item: item }));
}

async function each<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < all.length; from += SIDE_BY_SIDE) {
    await Promise.all(all.slice(from, from + SIDE_BY_SIDE).map(work));
  }
}

async function sweep(at: number): Promise<void> {
  const { FunctionError, Payload } = await new LambdaClient(options).send(
    new InvokeCommand({
      FunctionName: SweepModelsFunction,
      Payload: JSON.stringify({ at: new Date(at).toISOString(), kinds: ['drift', 'health'] }),
    }),
  );
  if (FunctionError) throw new Error(Payload?.transformToString());
  console.error(`swept: ${Payload?.transformToString()}`);
}

/** Models that were checked, once all but the broken one are or nothing more comes. */
async function settled(at: number): Promise<ReadonlySet<string>> {
  const checked = new Set<string>();
  const deadlineMs = Date.now() + PATIENCE_MS;
  while (checked.size < MODELS - 1 && Date.now() < deadlineMs) {
    await pause(2000);
    const left = [MODEL, ...names].filter((name) => !checked.has(name));
    await each(left, async (name) => {
      const key = monitoringKey({ tenant: TENANT, model: name });
      const [state] = (await items(RegistryTable, key.PK, key.SK)) as unknown as Monitoring[];
      if ((state?.checkedAt.health ?? 0) >= at) checked.add(name);
    });
  }
  return checked;
}

/** High-water marks of the processes that run a function. */
function peaksMiB(name: string): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (!environment.includes(`AWS_LAMBDA_FUNCTION_NAME=AssayMonitoring-Monitoring${name}`))
          return [];
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        return [Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)];
      } catch {
        return [];
      }
    });
}
