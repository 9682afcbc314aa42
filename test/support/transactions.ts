import { readFileSync } from 'node:fs';
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { RegistryTable } from '#aws/registry-table.ts';
import type { Act } from '#aws/version-changes.ts';

type Item = Record<string, unknown>;

/** One write of a transaction, whatever its kind. */
export interface SentWrite {
  readonly kind: 'Put' | 'Update' | 'ConditionCheck' | 'Delete';
  /** `PK SK`. */
  readonly key: string;
  readonly item: Item;
  readonly update: string;
  readonly condition: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
}

export const dynamo = mockClient(DynamoDBDocumentClient);

export const table = () =>
  new RegistryTable('registry', new DynamoDBClient({ region: 'eu-west-1' }));

export const act: Act = { id: '0190', at: '2026-01-01T00:00:00.000Z', actor: 'mia' };

/** What DynamoDB answers when a transaction is cancelled, one code for each of its writes. */
export const cancelled = (...codes: readonly string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: `cancelled [${codes.join(', ')}]`,
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

const sent = (): TransactWriteCommandInput[] =>
  dynamo.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input);

/** The writes of the last transaction that was sent. */
export function lastWrites(): SentWrite[] {
  const input = sent().at(-1);
  if (!input) throw new Error('no transaction was sent');
  return writesOf(input);
}

/** The last transaction's write of one item; throws where there is none. */
export function writeTo(key: string): SentWrite {
  const found = lastWrites().find((write) => write.key === key);
  if (!found) {
    throw new Error(
      `no write to ${key}, only ${lastWrites()
        .map((w) => w.key)
        .join(', ')}`,
    );
  }
  return found;
}

const writesOf = ({ TransactItems = [] }: TransactWriteCommandInput): SentWrite[] =>
  TransactItems.map((action) => {
    const [[kind, body] = []] = Object.entries(action);
    const { Item, Key, UpdateExpression, ConditionExpression, ...rest } = body as Item;
    const { PK, SK } = (Key ?? Item) as Item;
    return {
      kind: kind as SentWrite['kind'],
      key: `${PK} ${SK}`,
      item: (Item ?? {}) as Item,
      update: String(UpdateExpression ?? ''),
      condition: String(ConditionExpression ?? ''),
      names: (rest.ExpressionAttributeNames ?? {}) as Record<string, string>,
      values: (rest.ExpressionAttributeValues ?? {}) as Item,
    };
  });

const RESERVED = new Set(
  readFileSync(
    new URL('../lambdas/aws/fixtures/dynamodb-reserved-words.txt', import.meta.url),
    'utf8',
  ).split(/\s+/),
);
const SYNTAX = new Set([
  ...['AND', 'OR', 'NOT', 'SET', 'REMOVE', 'ADD'],
  ...['attribute_exists', 'attribute_not_exists', 'contains', 'begins_with', 'list_append'],
]);

/** What DynamoDB would refuse in the last transaction before it looks at any item. */
export function staticFaults(): string[] {
  const writes = lastWrites();
  const keys = writes.map(({ key }) => key);
  return [
    ...(writes.length > 100 ? [`${writes.length} writes, at most 100 are allowed`] : []),
    ...keys.filter((key, i) => keys.indexOf(key) !== i).map((key) => `${key} is written twice`),
    ...writes.flatMap(faultsOf),
  ];
}

function faultsOf({ key, update, condition, names, values }: SentWrite): string[] {
  const text = `${update} ${condition}`;
  const used = new Set(text.match(/[#:]\w+/g));
  const given = [...Object.keys(names), ...Object.keys(values)];
  const bare = text.match(/(?<![#:\w])[A-Za-z_]\w*\b(?!\()/g) ?? [];
  return [
    ...(condition === '' ? ['no condition'] : []),
    ...bare
      .filter((word) => !SYNTAX.has(word) && RESERVED.has(word.toUpperCase()))
      .map((word) => `reserved word "${word}"`),
    ...[...used].filter((name) => !given.includes(name)).map((name) => `${name} is not given`),
    ...given.filter((name) => !used.has(name)).map((name) => `${name} is not used`),
  ].map((fault) => `${key}: ${fault}`);
}

/** Whether an item satisfies a condition of terms that are joined by AND. */
export function holds({ condition, names, values }: SentWrite, item: Item): boolean {
  const read = (operand: string): unknown => {
    if (operand.startsWith(':')) return values[operand];
    const size = /^size\((.+)\)$/.exec(operand)?.[1];
    if (size) return (read(size) as readonly unknown[]).length;
    return item[names[operand] ?? operand];
  };
  return condition.split(' AND ').every((term) => {
    const [, not, list = '', element = ''] = /^(NOT )?contains\((\S+), (\S+)\)$/.exec(term) ?? [];
    if (list) return (read(list) as unknown[]).includes(read(element)) !== Boolean(not);
    const [left = '', operator, right = '', ...rest] = term.split(' ');
    const [a, b] = [read(left), read(right)];
    if (rest.length > 0 || a === undefined || b === undefined)
      throw new Error(`cannot read ${term}`);
    switch (operator) {
      case '=':
        return a === b;
      case '>':
        return Number(a) > Number(b);
      case '>=':
        return Number(a) >= Number(b);
      case '<=':
        return Number(a) <= Number(b);
      default:
        throw new Error(`unknown operator in ${term}`);
    }
  });
}
