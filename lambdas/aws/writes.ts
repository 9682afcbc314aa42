import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Key } from '#domain/registry/keys.ts';

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
