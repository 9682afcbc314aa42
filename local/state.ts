import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { Home } from './home.ts';

const State = z.strictObject({
  /** Of the server, which leads a process group of its own. */
  pid: z.int().check(z.minimum(2)),
  port: z.int().check(z.minimum(1), z.maximum(65_535)),
  /** Whether it enforces IAM policies. */
  iam: z.boolean(),
  /** ISO 8601. */
  startedAt: z.string(),
  /** SHA-256 over the templates that are deployed; absent while nothing is, or not completely. */
  deployed: z.optional(z.string()),
});

/** What is known of a server that was started and not yet stopped. */
export type State = z.infer<typeof State>;

/** Undefined when there is no state, or none that this version can read. */
export function readState(home: Home): State | undefined {
  try {
    return State.parse(JSON.parse(readFileSync(home.state, 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeState(home: Home, state: State): void {
  writeFileSync(home.state, `${JSON.stringify(state, null, 2)}\n`);
}

export function removeState(home: Home): void {
  rmSync(home.state, { force: true });
}
