import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { peakResidentMiB } from '../../onnx/peak-resident.ts';
import { type CandidateFailure, type Failed, failed } from './candidate-answer.ts';
import { atDeadline } from './deadline.ts';
import { encodeFrame, type Frame } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { LOOK_MS, watchMemory } from './resident-memory.ts';

export interface CandidateProcessOptions {
  /** The bundled `candidate-child.mjs`, with onnxruntime-node to be resolved from its place. */
  readonly childPath: string;
  readonly modelPath: string;
  /** The most that it may have resident, Node and ONNX Runtime (about 85 MiB) included. */
  readonly memoryMiB: number;
  /** All that it sees of the environment; never credentials. */
  readonly env: Readonly<Record<string, string>>;
}

type Told = { readonly ok: true; readonly frame: Frame } | Failed;

/**
 * Linux refuses memory beyond this limit at once, where looking at it comes too late. Twice what
 * may be resident, because buffers count before they are filled. No core is dumped to the disk.
 */
const LIMITED = 'ulimit -c 0; ulimit -d "$1" 2>/dev/null; shift; exec "$@"';
const KIB_PER_MIB = 1024;
const HEADROOM = 2;

/** One process of one candidate; it answers one question at a time, and is of no use once ended. */
export class CandidateProcess {
  /** Fulfilled when the process is no more. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  readonly #channel: Socket;
  readonly #memoryMiB: number;
  readonly #onEnd: (failure: CandidateFailure) => void;
  #ended: Failed | undefined;
  #lookedAt = 0;
  #waiting: ((told: Told) => void) | undefined;

  /** @param onEnd told once why it ended or was ended. */
  constructor(
    { childPath, modelPath, memoryMiB, env }: CandidateProcessOptions,
    onEnd: (failure: CandidateFailure) => void,
  ) {
    this.#memoryMiB = memoryMiB;
    this.#onEnd = onEnd;
    const dataKiB = String(Math.ceil(memoryMiB * HEADROOM * KIB_PER_MIB));
    const command = [process.execPath, childPath, modelPath];
    this.#child = spawn('/bin/sh', ['-c', LIMITED, 'sh', dataKiB, ...command], {
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    this.#channel = this.#child.stdio[3] as Socket;
    this.gone = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.end(ending(code, signal));
        resolve();
      });
      this.#child.once('error', (error) => {
        this.end(failed('crashed', `its process did not start: ${error.message}`));
        if (this.#child.pid === undefined) resolve();
      });
    });
    const reader = new FrameReader();
    this.#channel.on('data', (chunk: Buffer) => this.#receive(reader, chunk));
    // Writing to a process that ended: `close` tells how.
    this.#channel.on('error', () => {});
    // An idle candidate keeps no process from ending, and ends with it.
    this.#child.unref();
    this.#channel.unref();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get ended(): Failed | undefined {
    return this.#ended;
  }

  /** Waits for the next frame; the process is ended when none comes in time. */
  next(deadlineMs: number): Promise<Told> {
    if (this.#ended) return Promise.resolve(this.#ended);
    return new Promise((resolve) => {
      const { pid = 0 } = this.#child;
      const inTime = atDeadline(deadlineMs, () =>
        this.end(failed('timeout', `no answer within ${Math.round(deadlineMs)} ms`)),
      );
      const unwatch = watchMemory(pid, this.#memoryMiB, (gotMiB) => this.end(this.#over(gotMiB)));
      this.#waiting = (told) => {
        this.#waiting = undefined;
        inTime();
        unwatch();
        resolve(told);
      };
    });
  }

  /** @throws FrameError when the question does not fit into a frame. */
  ask(question: Frame, deadlineMs: number): Promise<Told> {
    const pieces = encodeFrame(question);
    const answer = this.next(deadlineMs);
    this.#channel.cork();
    for (const piece of pieces) this.#channel.write(piece);
    this.#channel.uncork();
    return answer;
  }

  /** Ends the process, whatever it is at. The first reason stands. */
  end(why: Failed): void {
    if (this.#ended) return;
    this.#ended = why;
    this.#child.ref();
    this.#child.kill('SIGKILL');
    this.#onEnd(why.failure);
    this.#waiting?.(why);
  }

  #receive(reader: FrameReader, chunk: Buffer): void {
    if (this.#ended) return;
    try {
      for (const frame of reader.push(chunk)) {
        const overMiB = this.#overMiB();
        if (overMiB !== undefined) this.end(this.#over(overMiB));
        else if (this.#waiting) this.#waiting({ ok: true, frame });
        else this.end(failed('crashed', 'its process answered what nobody had asked'));
      }
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      this.end(failed('crashed', `its process answered in no frame: ${what}`));
    }
  }

  /**
   * What it took beyond its limit, even if given back since. Quick answers share a look, which
   * takes as long as all else about a call.
   */
  #overMiB(): number | undefined {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_MS) return undefined;
    this.#lookedAt = now;
    const peakMiB = peakResidentMiB(this.#child.pid ?? 0);
    return peakMiB !== undefined && peakMiB > this.#memoryMiB ? peakMiB : undefined;
  }

  #over(gotMiB: number): Failed {
    const got = Math.round(gotMiB);
    return failed('memory', `it took ${got} MiB; expected at most ${this.#memoryMiB}`);
  }
}

/** Nobody but a kernel that has run out of memory sends SIGKILL where this process has not. */
const ending = (code: number | null, signal: NodeJS.Signals | null): Failed =>
  signal === 'SIGKILL'
    ? failed('memory', 'its process was killed from outside, as happens when memory runs out')
    : failed('crashed', `its process ended with ${signal ?? `code ${code}`}`);
