import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { holds, type Item } from './expressions.ts';

/** The metrics table in memory, as far as single puts and queries of one partition decide. */
export class MetricsItems {
  readonly items = new Map<string, Item>();
  readonly queries: Item[] = [];

  constructor() {
    const dynamo = mockClient(DynamoDBDocumentClient);
    dynamo.on(PutCommand).callsFake(async (input) => {
      const { Item: item, ConditionExpression: condition } = input;
      const key = `${item.PK} ${item.SK}`;
      if (condition && !holds(condition, this.items.get(key), input)) {
        throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
      }
      this.items.set(key, { ...item });
      return {};
    });
    dynamo.on(QueryCommand).callsFake(async (input) => {
      this.queries.push(input);
      const values = input.ExpressionAttributeValues;
      const found = [...this.items.values()].filter(
        ({ PK, SK }) => PK === values[':pk'] && within(String(SK), values),
      );
      return { Items: found.sort((a, b) => (String(a.SK) < String(b.SK) ? -1 : 1)) };
    });
  }
}

const within = (SK: string, values: Record<string, string | undefined>): boolean =>
  values[':prefix'] === undefined
    ? SK >= (values[':from'] ?? '') && SK <= (values[':to'] ?? '')
    : SK.startsWith(values[':prefix']);
