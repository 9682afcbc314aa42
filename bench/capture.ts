import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { HourlyCounters } from '#aws/hourly-counters.ts';
import type { Told } from '../lambdas/serving/ask-model.ts';
import { trafficOf } from './capture/traffic.ts';
import { elapsedMs, heading, microseconds, row, Times } from './serving/times.ts';

/**
 * Prints what capture adds to a request of one row: counting it, and its share of a write each 1,000
 * rows, packed as the adapter packs it; beside counting no pairs of features, and writing the same
 * row as a line of JSON, in turns.
 * `npx tsx bench/capture.ts`.
 */

const LIMIT_US = 5;
/** Of a block, which one turn of the scheduler has room for; a write is due once in it, */
const REQUESTS = 1_000;
/** where so much time has passed since the last. */
const BLOCK_MS = 5_000;
const START = 400_000 * 3_600_000;
const ROUNDS = 60;

/** Counters whose calls end at once: what they cost here is the packing. */
const dynamo = mockClient(DynamoDBDocumentClient);
dynamo.on(PutCommand).resolves({});
const counters = new HourlyCounters('metrics', new DynamoDBClient({ region: 'eu-west-1' }));

console.log(
  heading(
    'µs a request',
    'counted',
    'without pairs',
    'with writes',
    'as JSON',
    `limit ${LIMIT_US} µs`,
    'counted ÷ without pairs',
    'JSON ÷ counted',
    'JSON ÷ with writes',
  ),
);
for (const features of [5, 50, 500]) await measure(features);

async function measure(features: number): Promise<void> {
  const { told, newCapture, newCaptureWithoutPairs, names } = trafficOf(features, REQUESTS);
  let now = START;
  const nowhere = { put: async () => undefined };
  const [idle, writing] = [
    await newCapture(nowhere, () => now),
    await newCapture(counters, () => now),
  ];
  const alone = await newCaptureWithoutPairs(() => now);
  const [counted, unpaired] = [new Times(), new Times()];
  const [written, logged] = [new Times(), new Times()];
  let bytes = 0;
  dynamo.resetHistory();
  for (let round = 0; round < ROUNDS; round++) {
    const each = (times: Times, work: () => unknown) =>
      elapsedMs(work).then((ms) => times.add(ms / REQUESTS));
    await each(counted, () => {
      for (const one of told) idle.told(one, 'request');
    });
    await each(unpaired, () => {
      for (const one of told) alone.told(one, 'request');
    });
    now += BLOCK_MS;
    await each(written, async () => {
      for (const one of told) writing.told(one, 'request');
      await writing.flushed();
    });
    await each(logged, () => {
      for (const one of told) bytes += lineOf(one, names).length;
    });
  }
  const writes = dynamo.commandCalls(PutCommand).length;
  if (writes < ROUNDS || bytes === 0) throw new Error(`${writes} writes in ${ROUNDS} blocks`);
  for (const [which, of] of [
    ['median', (times: Times) => times.median],
    ['quickest block', (times: Times) => times.quantile(1 / ROUNDS)],
  ] as const) {
    const [all, plain] = [of(counted), of(unpaired)];
    print(`${features} features, ${which}`, all, plain, of(written), of(logged));
  }
}

function print(what: string, counted: number, plain: number, all: number, json: number): void {
  console.log(
    row(
      what,
      ...[counted, plain, all, json].map(microseconds),
      all * 1000 <= LIMIT_US ? 'within' : 'beyond',
      (counted / plain).toFixed(2),
      (json / counted).toFixed(1),
      (json / all).toFixed(1),
    ),
  );
}

/** The row with its features by name, as a log would have it to be of use. */
function lineOf(one: Told, names: readonly string[]): string {
  if (one.kind !== 'answered') return '';
  const { data = [] } = one.request.inputs[0] ?? {};
  const features = Object.fromEntries(names.map((name, i) => [name, data[i] as number]));
  return JSON.stringify({ model: one.version.model, version: one.version.version, features });
}
