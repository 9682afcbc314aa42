import type { HonoRequest } from 'hono';
import type * as z from 'zod/mini';
import { readBy } from '#domain/registry/problem.ts';
import { Refused } from './problem.ts';

/** The longest body there is, a vote with a comment of 4-byte characters, has about 5 KB. */
const MAX_BODY_BYTES = 16 * 1024;

/** How approvals and uploads are named. */
export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws Refused when the body is too long, not JSON or not of the schema. */
export async function readBody<T>(request: HonoRequest, Body: z.ZodMiniType<T>): Promise<T> {
  const text = await request.text();
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BODY_BYTES) {
    throw new Refused(413, `the body has ${bytes} bytes, expected at most ${MAX_BODY_BYTES}`);
  }
  return conform(Body, parseJson(text), 'body');
}

/** @throws Refused for parameters that are unknown, given twice or not of the schema. */
export const readQuery = <T>(request: HonoRequest, Query: z.ZodMiniType<T>): T =>
  conform(
    Query,
    Object.fromEntries(
      Object.entries(request.queries()).map(([name, values]) => [
        name,
        values.length === 1 ? values[0] : values,
      ]),
    ),
    'query',
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refused(400, `the body is not JSON: ${(cause as Error).message.slice(0, 200)}`);
  }
}

function conform<T>(Schema: z.ZodMiniType<T>, value: unknown, part: 'body' | 'query'): T {
  const read = readBy(Schema, value, `correct the ${part} and send it again`);
  if (read.ok) return read.value;
  const { problems } = read;
  throw new Refused(400, `the ${part} is not what this path takes`, { problems });
}
