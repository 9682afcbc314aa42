import type { OutputSpec } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import {
  type CandidateAnswer,
  type CandidateFailure,
  type Failed,
  failed,
} from './candidate-answer.ts';
import { CandidateProcess, type CandidateProcessOptions } from './candidate-process.ts';
import { atDeadline } from './deadline.ts';
import type { Frame } from './frame.ts';
import { checkedOutputs } from './output-failure.ts';

export interface IsolatedModelOptions extends CandidateProcessOptions {
  readonly outputs: readonly OutputSpec[];
  /** For `run` without a deadline of its own. */
  readonly deadlineMs: number;
  /** For opening the model; longer than a request's deadline, which does not end a start. */
  readonly startMs?: number;
  /** Between the end of a process and the next start; doubles with each end in a row. */
  readonly restMs?: number;
  readonly restMostMs?: number;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

type Ready = { readonly ok: true; readonly process: CandidateProcess } | Failed;

const CLOSED = failed('crashed', 'it was closed');
/** How ONNX Runtime and the C++ library say that they were refused memory. */
const REFUSED_MEMORY = /bad_alloc|failed to allocate memory/i;

/**
 * A model in a process of its own, of which there is never more than one: whatever the model
 * does, every call gets an answer or a failure by its deadline, and nothing is thrown. A process
 * that ended is started again by the next call, after a rest.
 */
export class IsolatedModel {
  readonly #options: IsolatedModelOptions;
  readonly #now: () => number;
  #process: CandidateProcess | undefined;
  #closed = false;
  /** Fulfilled when all calls so far are through: the process takes one question at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #endsInARow = 0;
  #resting: { readonly until: number; readonly failure: CandidateFailure } | undefined;

  constructor(options: IsolatedModelOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Of the process at the moment, if there is one. */
  get pid(): number | undefined {
    return this.#process?.ended ? undefined : this.#process?.pid;
  }

  /** Opens the model ahead of the first request; undefined when it stands ready. */
  async start(): Promise<CandidateFailure | undefined> {
    const ready = await this.#inTurn(() => this.#ready());
    return ready.ok ? undefined : ready.failure;
  }

  run(
    inputs: readonly Tensor[],
    outputs: readonly string[],
    deadlineMs: number = this.#options.deadlineMs,
  ): Promise<CandidateAnswer> {
    const until = this.#now() + deadlineMs;
    const question: Frame = { message: { kind: 'run', outputs }, tensors: inputs };
    return new Promise((resolve) => {
      const late = failed('timeout', `not ready to answer within ${Math.round(deadlineMs)} ms`);
      const inTime = atDeadline(deadlineMs, () => resolve(late));
      const answer = this.#inTurn(() => this.#ask(question, outputs, until));
      void answer.then(resolve).finally(inTime);
    });
  }

  /** Ends the process. Calls under way fail, and so do later ones. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#process?.end(CLOSED);
    await this.#turn;
    await this.#process?.gone;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T | Failed> {
    const done = this.#turn.then(work).catch((error: unknown) => {
      const what = error instanceof Error ? error.message : String(error);
      return failed('crashed', `it could not be asked: ${what}`);
    });
    this.#turn = done;
    return done;
  }

  async #ask(question: Frame, wanted: readonly string[], until: number): Promise<CandidateAnswer> {
    const late = failed('timeout', 'its turn came after the deadline');
    if (this.#now() >= until) return late;
    const ready = await this.#ready();
    if (!ready.ok) return ready;
    const leftMs = until - this.#now();
    if (leftMs <= 0) return late;

    const told = await ready.process.ask(question, leftMs);
    if (!told.ok) return told;
    const { message, tensors } = told.frame;
    if (message.kind === 'refused') return this.#refused(ready.process, message.said);
    if (message.kind !== 'answered') return this.#nonsense(ready.process, message.kind);
    this.#endsInARow = 0;
    return checkedOutputs(this.#options.outputs, wanted, tensors, message.ms);
  }

  async #ready(): Promise<Ready> {
    if (this.#process && !this.#process.ended) return { ok: true, process: this.#process };
    await this.#process?.gone;
    if (this.#closed) return CLOSED;
    if (this.#resting && this.#now() < this.#resting.until) {
      const { kind, reason } = this.#resting.failure;
      const why = failed(kind, `not started again yet after this: ${reason}`);
      return { ...why, failure: { ...why.failure, unasked: true } };
    }
    return this.#started();
  }

  async #started(): Promise<Ready> {
    const process = new CandidateProcess(this.#options, (failure) => this.#rest(failure));
    this.#process = process;
    const told = await process.next(this.#options.startMs ?? 20_000);
    if (!told.ok) return told;
    const { message } = told.frame;
    if (message.kind === 'opened') return { ok: true, process };
    if (message.kind !== 'refused') return this.#nonsense(process, message.kind);
    const why = REFUSED_MEMORY.test(message.said)
      ? this.#refusedMemory()
      : failed('crashed', 'ONNX Runtime does not open it', message.said);
    process.end(why);
    return why;
  }

  #refused(process: CandidateProcess, said: string): Failed {
    if (!REFUSED_MEMORY.test(said)) {
      return failed('threw', 'ONNX Runtime refused the inputs, or the graph failed on them', said);
    }
    const why = this.#refusedMemory();
    process.end(why);
    return why;
  }

  #refusedMemory(): Failed {
    const { memoryMiB } = this.#options;
    return failed('memory', `it was refused more memory; expected at most ${memoryMiB} MiB`);
  }

  #nonsense(process: CandidateProcess, kind: string): Failed {
    const why = failed('crashed', `its process told "${kind}" out of turn`);
    process.end(why);
    return why;
  }

  #rest(failure: CandidateFailure): void {
    const { restMs = 250, restMostMs = 30_000 } = this.#options;
    const rest = Math.min(restMs * 2 ** this.#endsInARow, restMostMs);
    this.#endsInARow += 1;
    this.#resting = { until: this.#now() + rest, failure };
  }
}
