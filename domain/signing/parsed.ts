import type * as z from 'zod/mini';
import { problemText, readBy } from '#domain/registry/problem.ts';

/** What strict parsing yields: the value, or why there is none. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

export const refused = (reason: string): { readonly ok: false; readonly reason: string } => ({
  ok: false,
  reason,
});

export function parseJson(text: string, what: string): Parsed<unknown> {
  if (text.trim() === '') return refused(`the ${what} is empty`);
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return refused(`the ${what} is not JSON`);
  }
}

/** Judges a value by its schema; the reason names the first field that is wrong. */
export function conform<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): Parsed<T> {
  const read = readBy(schema, value, `have the ${what} made again`);
  if (read.ok) return read;
  const [problem] = read.problems;
  return refused(problem ? `${what}: ${problemText(problem)}` : `the ${what} is malformed`);
}
