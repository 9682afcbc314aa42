import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Feed } from '#domain/gates/feed.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { PeakMemoryAnswer, PeakMemoryQuestion } from './peak-memory-protocol.ts';

export interface PeakMemoryOptions {
  /** The bundled `peak-memory-child.mjs`, with onnxruntime-node to be resolved from its place. */
  readonly childPath: string;
  readonly deadlineMs?: number;
  readonly capMiB?: number;
  /** All that the child sees of the environment; never credentials, since it runs what was uploaded. */
  readonly env?: Readonly<Record<string, string>>;
}

const POLL_MS = 25;
const KIB_PER_MIB = 1024;

/**
 * Peak resident memory, in MiB above the empty process, of opening a model and running a batch,
 * in a process of its own: a measurement never sees another's leftovers, and a model that hangs,
 * grows or crashes takes only that process with it. Run it before the model is opened in-process.
 */
export async function peakMemory(
  modelPath: string,
  feeds: readonly Feed[],
  wanted: readonly string[],
  { childPath, deadlineMs = 30_000, capMiB = 2048, env = {} }: PeakMemoryOptions,
): Promise<Measured<number>> {
  const child = fork(childPath, [], {
    env,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const watches = new AbortController();
  try {
    return await Promise.race([
      answerOf(child, { modelPath, feeds, wanted }, capMiB),
      overCap(child, capMiB, watches.signal),
      tooLate(deadlineMs, watches.signal),
    ]);
  } finally {
    watches.abort();
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
  }
}

function answerOf(
  child: ChildProcess,
  question: PeakMemoryQuestion,
  capMiB: number,
): Promise<Measured<number>> {
  return new Promise((resolve) => {
    const died = (how: string) =>
      resolve({
        ok: false,
        verdict: 'error',
        reason: `the process that measures memory ${how}; try the model with ONNX Runtime and the same rows before uploading`,
      });
    child.on('error', (error) => died(`failed: ${error.message}`));
    child.once('exit', (code, signal) => died(`ended with ${signal ?? `code ${code}`}`));
    child.once('message', (answer: PeakMemoryAnswer) => {
      if (!answer.ok) resolve({ ok: false, verdict: 'fail', reason: answer.reason });
      else if (answer.peakMiB > capMiB) resolve(capped(answer.peakMiB, capMiB));
      else resolve({ ok: true, value: answer.peakMiB });
    });
    child.send(question);
  });
}

/** Watches the child from outside where /proc tells; elsewhere only its own answer is compared. */
async function overCap(
  { pid }: ChildProcess,
  capMiB: number,
  signal: AbortSignal,
): Promise<Measured<number>> {
  for (;;) {
    await sleep(POLL_MS, undefined, { signal });
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const residentMiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / KIB_PER_MIB;
    if (residentMiB > capMiB) return capped(residentMiB, capMiB);
  }
}

async function tooLate(deadlineMs: number, signal: AbortSignal): Promise<Measured<number>> {
  await sleep(deadlineMs, undefined, { signal });
  const reason = `measuring memory took more than ${deadlineMs} ms; make the model smaller or the deadline longer`;
  return { ok: false, verdict: 'inconclusive', reason };
}

const capped = (gotMiB: number, capMiB: number): Measured<number> => ({
  ok: false,
  verdict: 'fail',
  reason: `the model took ${Math.round(gotMiB)} MiB; at most ${capMiB} MiB are given: prune or quantise it`,
});
