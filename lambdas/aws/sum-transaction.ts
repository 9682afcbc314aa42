import { setTimeout as pause } from 'node:timers/promises';
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

interface Patience {
  readonly attempts: number;
  /** Between two of them, at most. */
  readonly pauseMs: number;
  readonly isOver?: () => boolean;
}

/** One attempt to write what is left. */
interface Attempt {
  /** First the markers of what is left, in its order, which are refused where they are there. */
  readonly writes: Action[];
  /** Told why they were cancelled; says whether the next attempt is another for it. */
  readonly learn?: (reasons: readonly CancellationReason[]) => boolean;
}

/**
 * Adds what was not there before, in one transaction; other writers are given time.
 * @returns what was added
 * @throws Error when they stay in the way; it may be tried again
 */
export async function addFresh<T>(
  client: DynamoDBDocumentClient,
  what: string,
  all: readonly T[],
  attemptOf: (left: readonly T[]) => Attempt,
  { attempts, pauseMs, isOver = () => false }: Patience,
): Promise<readonly T[]> {
  let left = all;
  for (let attempt = 1; left.length > 0; attempt++) {
    const { writes, learn } = attemptOf(left);
    const reasons = await tryTransaction(client, writes);
    if (!reasons) break;
    const hasLearned = learn?.(reasons);
    const fresh = left.filter((_, i) => reasons[i]?.Code !== REFUSED);
    if (fresh.length > 0 && (attempt === attempts || isOver())) {
      throw new Error(`${what} met other writers ${attempt} times`);
    }
    if (!hasLearned && fresh.length === left.length) {
      await pause(Math.random() * Math.min(pauseMs, 50 * 2 ** attempt));
    }
    left = fresh;
  }
  return left;
}

/** A transaction writes an item once: of those with one key the first stands. */
export function firstOfEach<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  const first = new Map<string, T>();
  for (const one of all) {
    const key = keyOf(one);
    if (!first.has(key)) first.set(key, one);
  }
  return [...first.values()];
}

/** Why each write was cancelled, or undefined when all was written. */
async function tryTransaction(
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
