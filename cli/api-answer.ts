import type * as z from 'zod/mini';
import { problemsOf } from '#domain/registry/problem.ts';
import { ProblemDocument } from './api-schemas.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Failure } from './failure.ts';
import type { HttpAnswer } from './http.ts';

/** A refusal by the API; `status` tells callers which refusals they may expect. */
export class ApiFailure extends Failure {
  readonly status: number;

  constructor(status: number, message: string, options: ConstructorParameters<typeof Failure>[1]) {
    super(message, options);
    this.status = status;
  }
}

/** 403, 409 and the like are answers to the question; the rest means it was not understood. */
export const exitOf = (status: number): ExitCode =>
  status < 500 && status !== 401 && status !== 404 && status !== 429 ? EXIT.refused : EXIT.error;

/** The body of an answer that is no refusal. @throws ApiFailure with the reason it gives. */
export function accepted({ status, body }: HttpAnswer): unknown {
  if (status < 300) return body;
  const parsed = ProblemDocument.safeParse(body);
  const document = parsed.success ? parsed.data : {};
  const said = document.detail ?? document.message ?? document.title;
  const remedy = status === 401 ? '; run "assay login"' : '';
  throw new ApiFailure(
    status,
    `${said ?? `the API answered with status ${status} and no reason`}${remedy}`,
    { exit: exitOf(status), problems: document.problems ?? [] },
  );
}

/** The body as `schema` has it. @throws Failure for anything else. */
export function checked<T>(schema: z.ZodMiniType<T>, body: unknown, what: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Failure(`${what}: the API's answer is not of the documented form`, {
    problems: problemsOf(
      parsed.error,
      body,
      'check that --api of "assay login" names an Assay API',
    ),
  });
}
