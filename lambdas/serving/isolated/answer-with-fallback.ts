import { type CandidateFailure, type Failed, failed } from './candidate-answer.ts';

/** Stops asking a candidate that keeps failing. */
export interface CandidateBreaker {
  /** Undefined while the candidate is not to be asked. */
  admit(): Admitted | undefined;
}

/** One question let through, whose outcome is to be told. */
export interface Admitted {
  record(ok: boolean): void;
  /** The outcome says nothing of the candidate. */
  withdraw(): void;
}

/** The candidate could not be asked, for a reason that is none of its own. */
export interface PassedOver {
  readonly ok: 'passed-over';
}
export const PASSED_OVER: PassedOver = { ok: 'passed-over' };

type Told<Answer> =
  | {
      readonly ok: true;
      readonly value: Answer;
      /** The answer was known: it shows nothing of the candidate's health. */
      readonly known?: boolean;
    }
  | Failed
  | PassedOver;

export interface Fallback<Request, Answer> {
  readonly request: Request;
  /** Answers by its deadline, as `IsolatedModel` does. */
  readonly candidate: (request: Request) => Promise<Told<Answer>>;
  /** What it throws is thrown: there is nothing to fall back to. */
  readonly stable: (request: Request) => Promise<Answer>;
  /** Whether what stable gave answers the request; what both fail is the request's fault. */
  readonly answers?: (answer: Answer) => boolean;
  readonly breaker: CandidateBreaker;
  /** Told of each failure on a request that stable then answered. */
  readonly onFailure: (failure: CandidateFailure) => void;
}

export type Answered<Answer> = { readonly answer: Answer } & (
  | { readonly from: 'candidate' }
  /** Without a failure the candidate was not asked. */
  | { readonly from: 'stable'; readonly failure: CandidateFailure | undefined }
);

/** Asks the candidate, and answers from stable in the same request when it fails. */
export async function answerWithFallback<Request, Answer>({
  request,
  candidate,
  stable,
  answers = () => true,
  breaker,
  onFailure,
}: Fallback<Request, Answer>): Promise<Answered<Answer>> {
  const admitted = breaker.admit();
  if (!admitted) return { from: 'stable', answer: await stable(request), failure: undefined };
  const told = await asked(() => candidate(request));
  if (told.ok === true) {
    if (told.known) admitted.withdraw();
    else admitted.record(true);
    return { from: 'candidate', answer: told.value };
  }
  const failure = told.ok === false ? told.failure : undefined;
  let blamed = false;
  try {
    const answer = await stable(request);
    blamed = failure !== undefined && answers(answer);
    return { from: 'stable', answer, failure };
  } finally {
    if (blamed) admitted.record(false);
    else admitted.withdraw();
    if (blamed && failure) onFailure(failure);
  }
}

/** No user sees a fault of the candidate, even one that should not be possible. */
async function asked<Answer>(ask: () => Promise<Told<Answer>>): Promise<Told<Answer>> {
  try {
    return await ask();
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return failed('crashed', 'asking it threw', what);
  }
}
