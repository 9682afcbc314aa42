import {
  type CancellationReason,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { RegistryTable } from '#aws/registry-table.ts';
import { holds, type Item, type Names, updated } from './expressions.ts';

type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

interface Part extends Names {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

/** DynamoDB in memory, as far as it decides: transactions are atomic, and their conditions hold or not. */
export class ConditionalTable {
  readonly items = new Map<string, Item>();
  /** Runs before each request: where others come in between. */
  before: () => Promise<void> = async () => {};

  constructor() {
    const dynamo = mockClient(DynamoDBDocumentClient);
    dynamo.on(GetCommand).callsFake(async ({ Key }) => {
      await this.before();
      return { Item: copy(this.items.get(keyOf(Key))) };
    });
    dynamo.on(QueryCommand).callsFake(async ({ ExpressionAttributeValues: values }) => {
      await this.before();
      const found = [...this.items].filter(([key]) => isAskedFor(key, values)).sort(byKey);
      return { Items: found.map(([, item]) => copy(item)) };
    });
    dynamo.on(TransactWriteCommand).callsFake(async ({ TransactItems }) => {
      await this.before();
      this.#transact(TransactItems);
      return {};
    });
  }

  get registry(): RegistryTable {
    return new RegistryTable('registry', new DynamoDBClient({ region: 'eu-west-1' }));
  }

  put(key: { readonly PK: string; readonly SK: string }, item: object): void {
    this.items.set(keyOf({ ...key }), copy({ ...item, ...key }));
  }

  get(key: { readonly PK: string; readonly SK: string }): Item | undefined {
    return this.items.get(keyOf({ ...key }));
  }

  /** Audit entries of one type, oldest first. */
  entries(type?: string): Item[] {
    return [...this.items]
      .filter(([key, item]) => key.startsWith('AUD#') && (!type || item.type === type))
      .map(([, item]) => item);
  }

  #transact(actions: readonly Action[]): void {
    const parts = actions.map((action) => Object.entries(action)[0] as [string, Part]);
    const keys = parts.map(([, part]) => keyOf(part.Key ?? part.Item ?? {}));
    if (new Set(keys).size < keys.length) {
      throw new Error(`a transaction writes an item twice: ${keys.join(', ')}`);
    }
    const reasons = parts.map(([, part], i): CancellationReason => {
      const condition = part.ConditionExpression;
      const item = this.items.get(keys[i] ?? '');
      const kept = condition === undefined || holds(condition, item, part);
      if (kept) return { Code: 'None' };
      const told = part.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && item;
      return { Code: 'ConditionalCheckFailed', ...(told && { Item: marshall(told) }) };
    });
    if (reasons.some(({ Code }) => Code !== 'None')) {
      throw new TransactionCanceledException({
        message: 'cancelled',
        $metadata: {},
        CancellationReasons: reasons,
      });
    }
    parts.forEach(([kind, part], i) => {
      const key = keys[i] ?? '';
      if (kind === 'Put') this.items.set(key, copy(part.Item ?? {}));
      if (kind === 'Update') {
        const before = this.items.get(key) ?? part.Key ?? {};
        this.items.set(key, copy(updated(part.UpdateExpression ?? '', before, part)));
      }
    });
  }
}

const byKey = ([a]: [string, Item], [b]: [string, Item]): number => (a < b ? -1 : 1);
const keyOf = ({ PK, SK }: Item): string => `${PK} ${SK}`;

/** Keys that begin with a prefix, or lie between two. */
function isAskedFor(key: string, values: Item): boolean {
  const at = (name: string): string => `${values[':pk']} ${values[name]}`;
  return ':prefix' in values
    ? key.startsWith(at(':prefix'))
    : key >= at(':from') && key <= at(':to');
}

/** What is stored shares nothing with what was sent, and undefined is not stored. */
function copy<T>(value: T): T {
  if (value instanceof Set) return new Set(value) as T;
  if (Array.isArray(value)) return value.map(copy) as T;
  if (value instanceof Uint8Array || value === null || typeof value !== 'object') return value;
  const known = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(known.map(([name, field]) => [name, copy(field)])) as T;
}
