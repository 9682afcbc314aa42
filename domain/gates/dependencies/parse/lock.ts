import { parse, TomlError } from 'smol-toml';
import * as z from 'zod/mini';
import type { Collector } from './collect.ts';

const RELOCK = (tool: string) => `make the file again with \`${tool} lock\` and do not edit it`;

/** A `[[package]]` of a lock file, still unread, and the line of its header. */
export interface LockedTable {
  readonly table: unknown;
  readonly line?: number;
}

const Tables = z.looseObject({ package: z.optional(z.array(z.unknown())) });

/** The tables of a lock file; undefined, and a finding, when it is no TOML document. */
export function readLock(
  collector: Collector,
  text: string,
  tool: string,
):
  | { readonly root: Readonly<Record<string, unknown>>; readonly tables: LockedTable[] }
  | undefined {
  let root: unknown;
  try {
    root = parse(text);
  } catch (error) {
    const line = error instanceof TomlError ? error.line : undefined;
    const reason = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'no reason';
    collector.finding(line, reason, 'a TOML document', RELOCK(tool));
    return undefined;
  }
  const parsed = Tables.safeParse(root);
  if (!parsed.success) {
    collector.finding(undefined, '"package" of another kind', 'a list of packages', RELOCK(tool));
    return undefined;
  }
  const tables = parsed.data.package ?? [];
  const headers = headerLines(text);
  // Headers inside of a multi-line text would shift the numbers: then better none.
  const known = headers.length === tables.length;
  return {
    root: parsed.data,
    tables: tables.map((table, index) => {
      const line = known ? headers[index] : undefined;
      return line === undefined ? { table } : { table, line };
    }),
  };
}

const headerLines = (text: string): number[] =>
  text
    .split('\n')
    .flatMap((line, index) =>
      /^\s{0,8}\[\[\s{0,8}package\s{0,8}\]\]/.test(line) ? [index + 1] : [],
    );

/** Reads one table by a schema; what does not fit is a finding at its line. */
export function readTable<T extends z.ZodMiniType>(
  collector: Collector,
  schema: T,
  { table, line }: LockedTable,
  tool: string,
): z.output<T> | undefined {
  const parsed = schema.safeParse(table);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join('.') || 'package';
  collector.finding(
    line,
    `"${field}" missing or of another kind`,
    `a package of ${tool}`,
    RELOCK(tool),
  );
  return undefined;
}
