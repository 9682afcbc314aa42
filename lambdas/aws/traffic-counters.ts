import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Subject } from '#domain/registry/subject.ts';
import { sumTraffic, Traffic } from '#domain/rollout/traffic.ts';
import { itemsOf, putUnless } from './metrics-items.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** What one process has counted of one generation of a model's route, from its first request on. */
export interface ProcessTraffic extends Model {
  readonly generation: number;
  readonly process: string;
  /** Grows with each state of the same process. */
  readonly seq: number;
  readonly traffic: Traffic;
}

/** No rollout waits longer: a step asks a person after two weeks at most. */
const KEPT_SECONDS = 30 * 24 * 3600;

/** A write beside a request that takes longer is given up, and comes with the next state. */
const PUT_MS = 1_000;

/**
 * What the arms of trials have shown, by generation of the route. Each process overwrites its one
 * item with ever larger numbers, so that a write that is repeated, late or lost counts right.
 */
export class TrafficCounters {
  readonly #table: string;
  readonly #client: DynamoDBDocumentClient;
  readonly #clock: () => number;

  constructor(table: string, client = new DynamoDBClient({}), clock = Date.now) {
    this.#table = table;
    this.#client = DynamoDBDocumentClient.from(client);
    this.#clock = clock;
  }

  /** Where a later state of the process is there already, nothing is to be done. */
  async put(counted: ProcessTraffic): Promise<void> {
    const { generation, process, seq, traffic } = counted;
    await putUnless(
      this.#client,
      {
        TableName: this.#table,
        Item: {
          PK: partition(counted),
          SK: `${prefix(generation)}${process}`,
          seq,
          traffic,
          expiresAt: Math.floor(this.#clock() / 1000) + KEPT_SECONDS,
        },
        ConditionExpression: 'attribute_not_exists(PK) OR seq < :seq',
        ExpressionAttributeValues: { ':seq': seq },
      },
      AbortSignal.timeout(PUT_MS),
    );
  }

  /** The sum over all processes, in which each sampled user is once. */
  async of(model: Model, generation: number): Promise<Traffic> {
    const all: Traffic[] = [];
    const items = itemsOf<{ traffic?: unknown }>(
      this.#client,
      this.#table,
      'begins_with(SK, :prefix)',
      { ':pk': partition(model), ':prefix': prefix(generation) },
    );
    for await (const { traffic } of items) all.push(Traffic.parse(traffic));
    return sumTraffic(all);
  }
}

const partition = ({ tenant, model }: Model): string => `T#${tenant}#C#${model}`;

const prefix = (generation: number): string => `G#${String(generation).padStart(10, '0')}#`;
