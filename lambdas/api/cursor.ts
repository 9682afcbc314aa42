import * as z from 'zod/mini';
import type { Key } from '#domain/registry/keys.ts';
import { Refused } from './problem.ts';

/** Query parameters of a list that comes in pages. */
export const PageQuery = z.strictObject({ cursor: z.optional(z.string()) });

/**
 * Where a page of the index `byType` may start: on one of the list's own items, whose keys name
 * the tenant. DynamoDB allows 2,048 bytes in a partition key and 1,024 in a sort key.
 */
export const startKeyOf = (partition: string, first: Key) =>
  z.strictObject({
    PK: z.string().check(z.startsWith(first.PK), z.maxLength(2048)),
    SK: z.literal(first.SK),
    G2PK: z.literal(partition),
    G2SK: z.string().check(z.minLength(1), z.maxLength(1024)),
  });

/** The answer of one page; without a cursor it is the last. */
export const pageOf = <T>(items: readonly T[], next: object | undefined) => ({
  items,
  ...(next && { cursor: encodeCursor(next) }),
});

export const encodeCursor = (position: object): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/** @throws Refused for a cursor that no page of this list was given with. */
export function decodeCursor<T>(
  Position: z.ZodMiniType<T>,
  cursor: string | undefined,
): T | undefined {
  if (cursor === undefined) return undefined;
  const parsed = Position.safeParse(jsonOf(cursor));
  if (parsed.success) return parsed.data;
  throw new Refused(400, 'the cursor is not one of this list', {
    problems: [
      {
        field: 'cursor',
        got: 'text that is no cursor of this list',
        expected: 'the cursor of the page before',
        remedy: 'start again without a cursor',
      },
    ],
  });
}

function jsonOf(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
