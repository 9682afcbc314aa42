import { setTimeout as pause } from 'node:timers/promises';
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from '#domain/audit/entry.ts';
import { type Key, outboxKey } from '#domain/registry/keys.ts';

export type Item = Record<string, unknown>;
type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** One part of a transaction: what to write, under which condition, and what to call it. */
export interface Write {
  /** Names the condition in the answer when it did not hold. */
  readonly name: string;
  readonly action: (table: string) => Action;
}

export interface Expression {
  readonly condition?: string;
  readonly names?: Record<string, string>;
  readonly values?: Item;
}

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

/** Creates an item; by default only where there is none. */
export function put(
  name: string,
  key: Key,
  item: Item,
  { condition = 'attribute_not_exists(PK)', names, values }: Expression = {},
): Write {
  return {
    name,
    action: (table) => ({
      Put: {
        TableName: table,
        Item: { ...item, ...key },
        ConditionExpression: condition,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
      },
    }),
  };
}

/** Changes fields of an item where `condition` holds; a field set to undefined is removed. */
export function update(name: string, key: Key, fields: Item, where: Required<Expression>): Write {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  const remove = Object.keys(fields).filter((field) => fields[field] === undefined);
  const expression = [
    set.length > 0 ? `SET ${set.map(([field]) => `#${field} = :${field}`).join(', ')}` : '',
    remove.length > 0 ? `REMOVE ${remove.map((field) => `#${field}`).join(', ')}` : '',
  ].join(' ');
  return {
    name,
    action: (table) => ({
      Update: {
        TableName: table,
        Key: { ...key },
        UpdateExpression: expression.trim(),
        ConditionExpression: where.condition,
        ExpressionAttributeNames: {
          ...Object.fromEntries(Object.keys(fields).map((field) => [`#${field}`, field])),
          ...where.names,
        },
        ExpressionAttributeValues: {
          ...Object.fromEntries(set.map(([field, value]) => [`:${field}`, value])),
          ...where.values,
        },
      },
    }),
  };
}

/** Requires something of an item that the transaction does not change. */
export function check(name: string, key: Key, where: Expression & { condition: string }): Write {
  return {
    name,
    action: (table) => ({
      ConditionCheck: {
        TableName: table,
        Key: { ...key },
        ConditionExpression: where.condition,
        ExpressionAttributeNames: where.names,
        ExpressionAttributeValues: where.values,
      },
    }),
  };
}
