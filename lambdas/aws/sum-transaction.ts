import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';

export type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** How a write whose condition did not hold is told. */
export const REFUSED = 'ConditionalCheckFailed';

/** What keeps a transaction of sums from being written, and does not mean that it is wrong. */
const EXPECTED = new Set<string | undefined>([
  ...['None', REFUSED, 'TransactionConflict'],
  ...['ThrottlingError', 'ProvisionedThroughputExceeded'],
]);

/** Why each write was cancelled, or undefined when all was written. */
export async function tryTransaction(
  client: DynamoDBDocumentClient,
  writes: Action[],
): Promise<readonly CancellationReason[] | undefined> {
  try {
    await client.send(new TransactWriteCommand({ TransactItems: writes }));
    return undefined;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const reasons = error.CancellationReasons ?? [];
    if (reasons.length === 0 || reasons.some(({ Code }) => !EXPECTED.has(Code))) throw error;
    return reasons;
  }
}

/** A database may write zeros at the end as an exponent, and sums have more digits than a double. */
export function wholeNumber(text: string): bigint {
  const [, whole, fraction = '', exponent = '0'] =
    /^(-?\d+)(?:\.(\d+))?(?:E\+?(\d+))?$/i.exec(text) ?? [];
  if (whole === undefined || fraction.length > Number(exponent)) {
    throw new Error(`got the number ${text} of outcomes, expected a whole one`);
  }
  return BigInt(whole + fraction.padEnd(Number(exponent), '0'));
}
