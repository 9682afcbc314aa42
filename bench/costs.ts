import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { HourlyCounters } from '#aws/hourly-counters.ts';
import { InvocationCounters } from '#aws/invocation-counters.ts';
import type { Told } from '../lambdas/serving/ask-model.ts';
import { itemBytes } from './capture/item-bytes.ts';
import { trafficOf } from './capture/traffic.ts';
import list from './prices.json' with { type: 'json' };
import { heading, row } from './serving/times.ts';

/**
 * Prints what counters cost for a million predictions: the calls that capture makes for them are
 * counted, with their units, and multiplied by the list prices of `prices.json`. Of a process that
 * answers so many predictions a second for an hour. `npx tsx bench/costs.ts`.
 */

const MILLION = 1_000_000;
/** 1,000 bytes would be dearer by a fiftieth; DynamoDB's kilobyte has 1,024. */
const KB = 1024;
const { prices } = list;

interface Counted {
  calls: number;
  writeUnits: number;
  readUnits: number;
}

const dynamo = mockClient(DynamoDBDocumentClient);

/** One hour of one process; items are read once by the roll-up, which writes one for the hour. */
async function anHour(features: number, perSecond: number): Promise<Counted & { rows: number }> {
  const counted: Counted = { calls: 0, writeUnits: 0, readUnits: 0 };
  const last = new Map<string, number>();
  dynamo.reset();
  dynamo.on(PutCommand).callsFake(async ({ Item }) => {
    const bytes = itemBytes(Item);
    counted.calls += 1;
    counted.writeUnits += Math.ceil(bytes / KB);
    last.set(`${Item.PK} ${Item.SK}`, bytes);
    return {};
  });
  let now = 400_000 * 3_600_000;
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const clock = () => now;
  const { told, newCapture } = trafficOf(features, 1_000);
  const capture = await newCapture(
    new HourlyCounters('metrics', client, clock),
    clock,
    new InvocationCounters('metrics', client, clock),
  );
  const rows = Math.round(perSecond * 3_600);
  for (let i = 0; i < rows; i++) {
    capture.invoked();
    capture.told(told[i % told.length] as Told, 'request');
    // Nothing is due in between.
    if (i % 20 === 0 || perSecond <= 1) await capture.flushed();
    now += 1_000 / perSecond;
  }
  for (const bytes of last.values()) counted.readUnits += Math.ceil(bytes / 4 / KB);
  const [rolled = 0] = [...last].filter(([key]) => key.includes('RAW#')).map(([, bytes]) => bytes);
  counted.writeUnits += Math.ceil(rolled / KB);
  return { ...counted, rows };
}

const dollars = (usd: number): string => usd.toPrecision(2);

console.log(`${list.region}, prices of ${list.asOf}\n`);
console.log(
  heading('of a million predictions', 'writes', 'write units', 'read units', 'S3 puts', 'USD'),
);
for (const [features, perSecond] of [
  [50, 100],
  [50, 10],
  [50, 1],
  [50, 0.1],
  [500, 100],
] as const) {
  const { rows, calls, writeUnits, readUnits } = await anHour(features, perSecond);
  const scale = MILLION / rows;
  const usd =
    scale *
    (writeUnits * prices['dynamodb.writeRequestUnit'].usd +
      readUnits * prices['dynamodb.readRequestUnit'].usd +
      prices['s3.put'].usd);
  console.log(
    row(
      `${features} features, ${perSecond} a second`,
      ...[calls, writeUnits, readUnits, 1].map((n) => Math.round(n * scale).toLocaleString('en')),
      dollars(usd),
    ),
  );
}

/** The least that 50 numbers by name take as a line of the embedded metric format or a record. */
const LINE_BYTES = 1_500;
const GB = 1e9;
console.log(`\n${heading('the same otherwise', 'USD')}`);
for (const [what, usd] of [
  ['an update of one item a prediction', MILLION * prices['dynamodb.writeRequestUnit'].usd],
  [
    `a log line of ${LINE_BYTES} bytes a prediction`,
    ((MILLION * LINE_BYTES) / GB) * prices['cloudwatch.logsGigabyte'].usd,
  ],
  [
    '50 metrics of a model, a month, whatever its traffic',
    50 * prices['cloudwatch.metricMonth'].usd,
  ],
  ['every row through Firehose', ((MILLION * 5 * 1024) / GB) * prices['firehose.gigabyte'].usd],
  ['1 % of the rows, as the reservoir', ((MILLION * 51.2) / GB) * prices['firehose.gigabyte'].usd],
] as const) {
  console.log(row(what, dollars(usd)));
}
