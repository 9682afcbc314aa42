import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, type PutCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Seen } from '#domain/monitoring/capture/seen.ts';
import { readSeen, storedSeen } from '#domain/monitoring/capture/stored-seen.ts';
import { type Digest, digestStart } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { itemsOf, putUnless } from './metrics-items.ts';

const gzipped = promisify(gzip);

type Model = Pick<Subject, 'tenant' | 'model'>;

/** What one process has seen of one version in one hour, from its first request in it on. */
export interface ProcessHour extends Model {
  readonly digest: Digest;
  /** Since 1970. */
  readonly hour: number;
  readonly process: string;
  /** Grows with each state of the same process and hour. */
  readonly seq: number;
  readonly seen: Seen;
}

const DAY_SECONDS = 24 * 3600;
/** Rolled up within hours; a week lets a roll-up that failed be made up for. */
const RAW_DAYS = 7;
/** The longest window is four weeks. */
const ROLLED_DAYS = 35;
/** An item has 400 kB at most, its keys among them. */
const MAX_BYTES = 350_000;
/** A write beside a request that takes longer is given up, and comes with the next state. */
const PUT_MS = 1_000;

/**
 * What versions took and answered, by hour. Each process overwrites its one item of an hour with
 * ever larger numbers, so that a write that is repeated, late or lost counts right.
 */
export class HourlyCounters {
  readonly #table: string;
  readonly #client: DynamoDBDocumentClient;
  readonly #clock: () => number;

  constructor(table: string, client = new DynamoDBClient({}), clock = Date.now) {
    this.#table = table;
    this.#client = DynamoDBDocumentClient.from(client);
    this.#clock = clock;
  }

  /** Takes the state at once. Where a later one of the process is there already, nothing is to be done. */
  async put(state: ProcessHour): Promise<void> {
    const { digest, hour, process, seq, seen } = state;
    await this.#putUnless(
      {
        Item: {
          PK: partition(state),
          SK: `${rawPrefix(digest, hour)}${process}`,
          seq,
          seen: await packed(seen),
          expiresAt: this.#in(RAW_DAYS),
        },
        ConditionExpression: 'attribute_not_exists(PK) OR seq < :seq',
        ExpressionAttributeValues: { ':seq': seq },
      },
      AbortSignal.timeout(PUT_MS),
    );
  }

  /** Of each process that saw the version in this hour what it wrote last. */
  async raw(model: Model, digest: Digest, hour: number): Promise<readonly Seen[]> {
    const items = this.#query('begins_with(SK, :prefix)', {
      ':pk': partition(model),
      ':prefix': rawPrefix(digest, hour),
    });
    const all: Seen[] = [];
    for await (const { seen } of items) all.push(unpacked(seen));
    return all;
  }

  /**
   * Keeps what all processes saw together in an hour. A sum of less is older, and left out.
   * @returns whether it is kept
   */
  async roll(model: Model, digest: Digest, hour: number, seen: Seen): Promise<boolean> {
    const { requests, counted } = seen;
    return this.#putUnless({
      Item: {
        PK: partition(model),
        SK: rolledKey(digest, hour),
        ...{ requests, counted, seen: await packed(seen), expiresAt: this.#in(ROLLED_DAYS) },
      },
      ConditionExpression:
        'attribute_not_exists(PK) OR requests < :requests OR (requests = :requests AND counted <= :counted)',
      ExpressionAttributeValues: { ':requests': requests, ':counted': counted },
    });
  }

  /** What was rolled up, by hour. */
  async rolled(
    model: Model,
    digest: Digest,
    fromHour: number,
    toHourExclusive: number,
  ): Promise<ReadonlyMap<number, Seen>> {
    if (toHourExclusive <= fromHour) return new Map();
    const items = this.#query('SK BETWEEN :from AND :to', {
      ':pk': partition(model),
      ':from': rolledKey(digest, fromHour),
      ':to': rolledKey(digest, toHourExclusive - 1),
    });
    const byHour = new Map<number, Seen>();
    for await (const { SK, seen } of items) {
      byHour.set(Number(SK.slice(-HOUR_DIGITS)), unpacked(seen));
    }
    return byHour;
  }

  #putUnless(put: Omit<PutCommandInput, 'TableName'>, abortSignal?: AbortSignal): Promise<boolean> {
    return putUnless(this.#client, { TableName: this.#table, ...put }, abortSignal);
  }

  #query(condition: string, values: Record<string, unknown>): AsyncGenerator<Stored, void> {
    return itemsOf(this.#client, this.#table, condition, values);
  }

  #in(days: number): number {
    return Math.floor(this.#clock() / 1000) + days * DAY_SECONDS;
  }
}

interface Stored {
  readonly SK: string;
  readonly seen?: unknown;
}

const HOUR_DIGITS = 10;

const partition = ({ tenant, model }: Model): string => `T#${tenant}#H#${model}`;

const padded = (hour: number): string => String(hour).padStart(HOUR_DIGITS, '0');

const rawPrefix = (digest: Digest, hour: number): string =>
  `RAW#${digestStart(digest)}#${padded(hour)}#`;

const rolledKey = (digest: Digest, hour: number): string =>
  `ROLLED#${digestStart(digest)}#${padded(hour)}`;

/** As much as an item takes: the last features are left out beyond it, and nothing else. */
async function packed(seen: Seen): Promise<Uint8Array> {
  // Copied before anything is awaited: counting goes on.
  const stored = storedSeen(seen);
  for (let features = stored.features.length; ; ) {
    const text = JSON.stringify({ ...stored, features: stored.features.slice(0, features) });
    const bytes = await gzipped(text);
    if (bytes.length <= MAX_BYTES || features === 0) return bytes;
    // Features differ in how well they are packed: a little less than their share.
    features = Math.floor((features * MAX_BYTES * 0.95) / bytes.length);
  }
}

function unpacked(bytes: unknown): Seen {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`got counts as ${typeof bytes}; expected bytes, as HourlyCounters writes`);
  }
  return readSeen(JSON.parse(gunzipSync(bytes).toString('utf8')));
}
