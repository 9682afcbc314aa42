import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cases } from './cases.ts';
import { targetOf } from './targets.ts';
import { type Problem, type Result, save, type Work } from './worker.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
/** Of wall time, on a machine that others use too; what returns is held to 2 s of CPU time. */
const HANG_MS = 20_000;
const LOOK_MS = 500;
const HEAP_MIB = 1024;

export interface Watched extends Result {
  readonly problems: readonly Problem[];
}

/** Runs inputs of one parser in a process of its own; an input that kills or stalls it is a problem. */
export async function watched(work: Work): Promise<Watched> {
  const problems: Problem[] = [];
  let [inputs, slowestMs, peakMiB] = [0, 0, 0];
  for (let from = work.from; from < work.to; ) {
    const outcome = await attempt({ ...work, from }, problems);
    if (outcome.ended === 'whole') {
      const { result } = outcome;
      inputs += result.inputs;
      slowestMs = Math.max(slowestMs, result.slowestMs);
      peakMiB = Math.max(peakMiB, result.peakMiB);
      break;
    }
    const { index, how } = outcome;
    for (const [, input] of cases(targetOf(work.target), work.seed, index, index + 1)) {
      problems.push({ index, message: how, file: save(work.saved, work.target, index, input) });
    }
    inputs += index + 1 - from;
    from = index + 1;
  }
  return { inputs, slowestMs, peakMiB, problems };
}

type Outcome =
  | { readonly ended: 'whole'; readonly result: Result }
  | { readonly ended: 'early'; readonly index: number; readonly how: string };

function attempt(work: Work, problems: Problem[]): Promise<Outcome> {
  const child = fork(WORKER, { execArgv: ['--import', 'tsx', `--max-old-space-size=${HEAP_MIB}`] });
  return new Promise((resolve, reject) => {
    let result: Result | undefined;
    let hung = false;
    let last = -1;
    let since = Date.now();
    const looking = setInterval(() => {
      const index = indexIn(work.progress);
      if (index !== last) [last, since] = [index, Date.now()];
      else if (index >= 0 && Date.now() - since > HANG_MS) {
        hung = true;
        child.kill('SIGKILL');
      }
    }, LOOK_MS);
    child.on('message', (message: Result | Problem) => {
      if ('message' in message) problems.push(message);
      else result = message;
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearInterval(looking);
      const index = indexIn(work.progress);
      if (result !== undefined) resolve({ ended: 'whole', result });
      else if (index < work.from) reject(new Error(`${work.target}: ended before its first input`));
      else {
        const how = hung ? `no answer for ${HANG_MS} ms` : `ended the process: ${signal ?? code}`;
        resolve({ ended: 'early', index, how });
      }
    });
    child.send(work);
  });
}

function indexIn(progress: string): number {
  try {
    const index = Number.parseInt(readFileSync(progress, 'utf8'), 10);
    return Number.isNaN(index) ? -1 : index;
  } catch {
    return -1;
  }
}
