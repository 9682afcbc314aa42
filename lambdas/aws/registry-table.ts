import { setTimeout as pause } from 'node:timers/promises';
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from '#domain/audit/entry.ts';
import { type Key, outboxKey } from '#domain/registry/keys.ts';
import { type Item, put, type Write } from './writes.ts';

/** What `transact` answers: every condition held, or the names of those that did not. */
export type Written =
  | { readonly ok: true }
  | { readonly ok: false; readonly failed: readonly string[] };

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: Item;
}

/** Writers of one item that meet are told to try again: 5 tries wait 1.5 s at most between them. */
const ATTEMPTS = 5;

/** Why a transaction was cancelled though every condition held: the same one may pass later. */
const PASSING = ['None', 'TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/**
 * The registry table: reads are strongly consistent, changes are transactions whose conditions
 * decide, and every transaction carries its audit entry.
 */
export class RegistryTable {
  readonly name: string;
  readonly #client: DynamoDBDocumentClient;

  constructor(name: string, client = new DynamoDBClient({})) {
    this.name = name;
    this.#client = DynamoDBDocumentClient.from(client, {
      marshallOptions: { removeUndefinedValues: true },
    });
  }

  async get<T>(key: Key): Promise<T | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.name, Key: { ...key }, ConsistentRead: true }),
    );
    return Item as T | undefined;
  }

  /**
   * The items of some keys, at most 100, in any order; those that are not there are left out.
   * @throws Error when DynamoDB leaves some unread time and again.
   */
  async many<T>(keys: readonly Key[]): Promise<T[]> {
    const items: T[] = [];
    let left: Item[] = keys.map((key) => ({ ...key }));
    for (let attempt = 1; left.length > 0; attempt++) {
      const { Responses, UnprocessedKeys } = await this.#client.send(
        new BatchGetCommand({
          RequestItems: { [this.name]: { Keys: left, ConsistentRead: true } },
        }),
      );
      items.push(...((Responses?.[this.name] ?? []) as T[]));
      left = UnprocessedKeys?.[this.name]?.Keys ?? [];
      if (left.length === 0) break;
      if (attempt === ATTEMPTS) {
        throw new Error(`${this.name} left ${left.length} items unread ${ATTEMPTS} times`);
      }
      await pause(Math.random() * 50 * 2 ** attempt);
    }
    return items;
  }

  /** All items of a partition whose sort key starts with `prefix`, in its order. */
  async list<T>(pk: string, prefix: string): Promise<T[]> {
    const items: T[] = [];
    let start: Item | undefined;
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: this.name,
          KeyConditionExpression: 'PK = :pk AND begins_with(SK, :prefix)',
          ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      );
      items.push(...((page.Items ?? []) as T[]));
      start = page.LastEvaluatedKey;
    } while (start);
    return items;
  }

  /** One page of an index partition, newest first. */
  async page<T>(
    index: 'byState' | 'byType',
    partition: string,
    limit: number,
    start?: Item,
  ): Promise<Page<T>> {
    const key = index === 'byState' ? 'G1PK' : 'G2PK';
    const { Items, LastEvaluatedKey } = await this.#client.send(
      new QueryCommand({
        TableName: this.name,
        IndexName: index,
        KeyConditionExpression: `${key} = :pk`,
        ExpressionAttributeValues: { ':pk': partition },
        ScanIndexForward: false,
        Limit: limit,
        ExclusiveStartKey: start,
      }),
    );
    const items = (Items ?? []) as T[];
    return LastEvaluatedKey ? { items, next: LastEvaluatedKey } : { items };
  }

  /**
   * Writes all or nothing, with the audit entry that records it.
   * @throws what DynamoDB throws for anything but a failed condition.
   */
  async transact(entry: AuditEntry, writes: readonly Write[]): Promise<Written> {
    const all = [...writes, put('outbox', outboxKey(entry.id), { ...entry })];
    for (let attempt = 1; ; attempt++) {
      const reasons = await this.#attempt(all);
      if (!reasons) return { ok: true };
      const failed = all
        .filter((_, i) => reasons[i]?.Code === 'ConditionalCheckFailed')
        .map(({ name }) => name);
      if (failed.length > 0) return { ok: false, failed };
      if (attempt === ATTEMPTS) {
        throw new Error(
          `transaction on ${this.name} met other writers ${ATTEMPTS} times: ${reasons.map(({ Code }) => Code).join(', ')}`,
        );
      }
      await pause(Math.random() * 50 * 2 ** attempt);
    }
  }

  /**
   * Raises one number of an item, where it is smaller and `where` holds. The only change without
   * an audit entry: for what only tells that somebody is still there.
   */
  async grow(
    key: Key,
    path: readonly (string | number)[],
    to: number,
    { condition, values }: { readonly condition: string; readonly values: Item },
  ): Promise<boolean> {
    const names = path.filter((step) => typeof step === 'string');
    const place = path.map((step) => (typeof step === 'string' ? `.#${step}` : `[${step}]`));
    const number = place.join('').slice(1);
    try {
      await this.#client.send(
        new UpdateCommand({
          TableName: this.name,
          Key: { ...key },
          UpdateExpression: `SET ${number} = :to`,
          ConditionExpression: `${condition} AND ${number} < :to`,
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: { ...values, ':to': to },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** The reasons of a cancellation, or undefined when all was written. @throws what no try mends. */
  async #attempt(writes: readonly Write[]): Promise<CancellationReason[] | undefined> {
    try {
      await this.#client.send(
        new TransactWriteCommand({ TransactItems: writes.map(({ action }) => action(this.name)) }),
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      const codes = reasons.map(({ Code }) => Code ?? 'None');
      const refused = codes.includes('ConditionalCheckFailed');
      const passing = codes.length > 0 && codes.every((code) => PASSING.includes(code));
      if (refused || passing) return reasons;
      throw error;
    }
  }
}
