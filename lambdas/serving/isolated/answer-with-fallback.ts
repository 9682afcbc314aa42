import { type CandidateFailure, type Failed, failed } from './candidate-answer.ts';

/** Stops asking a candidate that keeps failing. */
export interface CandidateBreaker {
  /** Undefined while the candidate is not to be asked. */
  admit(): Admitted | undefined;
}

/** One question let through, whose outcome is to be told. */
export interface Admitted {
  record(ok: boolean): void;
}

export interface Fallback<Request, Answer> {
  readonly request: Request;
  /** Answers by its deadline, as `IsolatedModel` does. */
  readonly candidate: (request: Request) => Promise<{ ok: true; value: Answer } | Failed>;
  /** What it throws is thrown: there is nothing to fall back to. */
  readonly stable: (request: Request) => Promise<Answer>;
  readonly breaker: CandidateBreaker;
  /** Told of each failure before stable is asked, so that it counts even if stable fails too. */
  readonly onFailure: (failure: CandidateFailure) => void;
}

export type Answered<Answer> = { readonly answer: Answer } & (
  | { readonly from: 'candidate' }
  /** Without a failure the breaker was open, and the candidate was not asked. */
  | { readonly from: 'stable'; readonly failure: CandidateFailure | undefined }
);

/** Asks the candidate, and answers from stable in the same request when it fails. */
export async function answerWithFallback<Request, Answer>({
  request,
  candidate,
  stable,
  breaker,
  onFailure,
}: Fallback<Request, Answer>): Promise<Answered<Answer>> {
  const admitted = breaker.admit();
  if (!admitted) return { from: 'stable', answer: await stable(request), failure: undefined };
  const told = await asked(() => candidate(request));
  admitted.record(told.ok);
  if (told.ok) return { from: 'candidate', answer: told.value };
  onFailure(told.failure);
  return { from: 'stable', answer: await stable(request), failure: told.failure };
}

/** No user sees a fault of the candidate, even one that should not be possible. */
async function asked<T>(ask: () => Promise<T | Failed>): Promise<T | Failed> {
  try {
    return await ask();
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return failed('crashed', 'asking it threw', what);
  }
}
