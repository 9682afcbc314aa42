import { mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { cases } from './cases.ts';
import type { Seed } from './target.ts';
import { targetOf } from './targets.ts';

/** What a worker is told, and what it tells when it is through. */
export interface Work {
  readonly target: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Where the number of the input at hand is written, for who watches. */
  readonly progress: string;
  /** Where inputs are saved that break something. */
  readonly saved: string;
}

export interface Result {
  readonly inputs: number;
  /** CPU time of the slowest input. */
  readonly slowestMs: number;
  /** Resident memory at its peak, above that before the first input. */
  readonly peakMiB: number;
}

/** Told at once: a later input may end the process. */
export interface Problem {
  readonly index: number;
  readonly message: string;
  readonly file: string;
}

const SLOWEST_MS = 2000;
const MOST_GROWTH_MIB = 256;
const MOST_PROBLEMS = 20;

process.once('message', (work: Work) => {
  run(work).then(
    (result) => process.send?.(result, undefined, undefined, () => process.exit(0)),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
      process.exit(1);
    },
  );
});

async function run({ target: name, seed, from, to, progress, saved }: Work): Promise<Result> {
  const target = targetOf(name);
  const mark = openSync(progress, 'w');
  let problems = 0;
  let inputs = 0;
  let slowestMs = 0;
  // A parser's first call compiles it, and the collector starts small.
  for (const input of target.seeds().slice(0, 20)) {
    const message = await attempt(() => target.parse(input));
    if (message !== undefined) process.send?.({ index: -1, message, file: input.name });
  }
  const before = peakMiB();
  let peak = before;
  for (const [index, input] of cases(target, seed, from, to)) {
    writeSync(mark, String(index).padStart(12), 0);
    const start = process.cpuUsage();
    const error = await attempt(() => target.parse(input));
    const { user, system } = process.cpuUsage(start);
    const ms = (user + system) / 1000;
    const now = peakMiB();
    inputs += 1;
    slowestMs = Math.max(slowestMs, ms);
    const message =
      error ??
      (ms > SLOWEST_MS ? `took ${ms.toFixed(0)} ms of CPU time` : undefined) ??
      (now - peak > MOST_GROWTH_MIB ? `took ${(now - peak).toFixed(0)} MiB of memory` : undefined);
    peak = Math.max(peak, now);
    if (message !== undefined && problems < MOST_PROBLEMS) {
      problems += 1;
      process.send?.({ index, message, file: save(saved, name, index, input) });
    }
  }
  return { inputs, slowestMs, peakMiB: peak - before };
}

async function attempt(parse: () => unknown): Promise<string | undefined> {
  try {
    await parse();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : `threw ${String(error)}`;
  }
}

export function save(folder: string, target: string, index: number, { name, bytes }: Seed): string {
  mkdirSync(folder, { recursive: true });
  const ending = name.slice(name.lastIndexOf('/') + 1).replace(/[^\w.-]/g, '_');
  const file = join(folder, `${target.replace(/\W+/g, '-')}-${index}-${ending}`);
  writeFileSync(file, bytes);
  return file;
}

/** Kibibytes are what the system counts. */
const peakMiB = (): number => process.resourceUsage().maxRSS / 1024;
