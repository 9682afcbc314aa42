import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { itemsOf, putUnless } from './metrics-items.ts';

/** What invocations one process has had in one hour, of whatever model. */
export interface ProcessInvocations {
  /** Since 1970. */
  readonly hour: number;
  readonly process: string;
  readonly invocations: number;
}

/** A week, as for what versions took. */
const KEPT_SECONDS = 7 * 24 * 3600;
/** A write beside a request that takes longer is given up, and comes with the next number. */
const PUT_MS = 1_000;

const PK = 'F#INVOCATIONS';

/**
 * How often the serving function was invoked, by hour. Each process overwrites its one item of an
 * hour with ever larger numbers, so that a write that is repeated, late or lost counts right.
 */
export class InvocationCounters {
  readonly #table: string;
  readonly #client: DynamoDBDocumentClient;
  readonly #clock: () => number;

  constructor(table: string, client = new DynamoDBClient({}), clock = Date.now) {
    this.#table = table;
    this.#client = DynamoDBDocumentClient.from(client);
    this.#clock = clock;
  }

  /** Where the process has counted more already, nothing is to be done. */
  async put({ hour, process, invocations }: ProcessInvocations): Promise<void> {
    const expiresAt = Math.floor(this.#clock() / 1000) + KEPT_SECONDS;
    await putUnless(
      this.#client,
      {
        TableName: this.#table,
        Item: { PK, SK: `${prefixOf(hour)}${process}`, invocations, expiresAt },
        ConditionExpression: 'attribute_not_exists(PK) OR invocations < :invocations',
        ExpressionAttributeValues: { ':invocations': invocations },
      },
      AbortSignal.timeout(PUT_MS),
    );
  }

  /** Those of an hour that processes have told of. */
  async of(hour: number): Promise<number> {
    const items = itemsOf<Pick<ProcessInvocations, 'invocations'>>(
      this.#client,
      this.#table,
      'begins_with(SK, :prefix)',
      { ':pk': PK, ':prefix': prefixOf(hour) },
    );
    let sum = 0;
    for await (const { invocations } of items) sum += invocations;
    return sum;
  }
}

const prefixOf = (hour: number): string => `${String(hour).padStart(10, '0')}#`;
