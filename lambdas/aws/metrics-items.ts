import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  PutCommand,
  type PutCommandInput,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';

/** Puts an item of counts where its condition holds, and says whether it does. */
export async function putUnless(
  client: DynamoDBDocumentClient,
  put: PutCommandInput,
  abortSignal?: AbortSignal,
): Promise<boolean> {
  try {
    await client.send(new PutCommand(put), { ...(abortSignal && { abortSignal }) });
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** All items of a partition whose sort keys meet `condition`, one page after the other. */
export async function* itemsOf<T>(
  client: DynamoDBDocumentClient,
  table: string,
  condition: string,
  values: Record<string, unknown>,
): AsyncGenerator<T, void> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      KeyConditionExpression: `PK = :pk AND ${condition}`,
      ExpressionAttributeValues: values,
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) yield* Items as T[];
}
