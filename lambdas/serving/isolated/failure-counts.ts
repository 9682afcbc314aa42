import { type CandidateFailure, FAILURE_KINDS, type FailureKind } from './candidate-answer.ts';

/** Failures of one candidate by their kind, until they are taken to be reported. */
export class FailureCounts {
  #counts = none();

  count({ kind }: CandidateFailure): void {
    this.#counts[kind] += 1;
  }

  /** The counts since the last time. */
  take(): Readonly<Record<FailureKind, number>> {
    const taken = this.#counts;
    this.#counts = none();
    return taken;
  }
}

const none = (): Record<FailureKind, number> =>
  Object.fromEntries(FAILURE_KINDS.map((kind) => [kind, 0])) as Record<FailureKind, number>;
