import { type Problem, problemText } from '#domain/registry/problem.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Ends a command with a message for its user; `main` prints it without a stack. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly problems: readonly Problem[];
  readonly exit: ExitCode;

  constructor(message: string, { exit = EXIT.error, problems = [], cause }: FailureOptions = {}) {
    super(message, { cause });
    this.exit = exit;
    this.problems = problems;
  }
}

interface FailureOptions {
  readonly exit?: ExitCode;
  /** What to mend, shown below the message. */
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** A failure that is one problem: `field: got …, expected …; remedy`. */
export const failed = (problem: Problem, options: Omit<FailureOptions, 'problems'> = {}): Failure =>
  new Failure(problemText(problem), options);

/** What lies at a path cannot be read. */
export const cannotRead = (
  path: string,
  { expected, remedy }: Pick<Problem, 'expected' | 'remedy'>,
  cause: unknown,
): Failure =>
  failed(
    {
      field: path,
      got: codeOf(cause) === 'ENOENT' ? 'nothing there' : messageOf(cause),
      expected,
      remedy,
    },
    { cause },
  );

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** The system's or the service's name for an error (`ENOENT`, `NoSuchUpload`), if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
