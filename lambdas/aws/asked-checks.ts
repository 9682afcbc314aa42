import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, type PutCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { CheckKinds, type CheckMessage } from '#domain/monitoring/check/check-message.ts';
import type { CheckQueue } from './check-queue.ts';

/** What was asked for in a minute is of no use after it; a day lets people look. */
const KEPT_SECONDS = 24 * 3600;

const Held = z.object({ kinds: CheckKinds });

/**
 * Checks that people ask for, of each model one for each `at`. One that was claimed and never sent,
 * because the process died in between, is not made: the next `at` has its own.
 */
export class AskedChecks {
  readonly #table: string;
  readonly #queue: Pick<CheckQueue, 'ask'>;
  readonly #client: DynamoDBDocumentClient;
  readonly #clock: () => number;

  constructor(
    table: string,
    queue: Pick<CheckQueue, 'ask'>,
    client = new DynamoDBClient({}),
    clock = Date.now,
  ) {
    this.#table = table;
    this.#queue = queue;
    this.#client = DynamoDBDocumentClient.from(client);
    this.#clock = clock;
  }

  /** @returns the check that is made for that time: this one, or the one that was asked for before it. */
  async ask(message: CheckMessage): Promise<CheckMessage> {
    try {
      await this.#put(message, {
        ConditionExpression: 'attribute_not_exists(PK) OR unsent = :unsent',
        ExpressionAttributeValues: { ':unsent': true },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { ...message, kinds: Held.parse(unmarshall(error.Item ?? {})).kinds };
    }
    try {
      await this.#queue.ask(message);
    } catch (fault) {
      await this.#put({ ...message, unsent: true });
      throw fault;
    }
    return message;
  }

  async #put(
    { tenant, model, at, kinds, unsent }: CheckMessage & { readonly unsent?: boolean },
    condition: Omit<PutCommandInput, 'TableName' | 'Item'> = {},
  ): Promise<void> {
    const expiresAt = Math.floor(this.#clock() / 1000) + KEPT_SECONDS;
    const key = { PK: `T#${tenant}#A#${model}`, SK: at };
    await this.#client.send(
      new PutCommand({
        TableName: this.#table,
        Item: { ...key, kinds, expiresAt, ...(unsent && { unsent }) },
        ...condition,
      }),
    );
  }
}
