import { STATUS_CODES } from 'node:http';
import type { Problem } from '#domain/registry/problem.ts';

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 422 | 503;

/** A request that is answered with a problem instead of what it asked for. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: RefusalStatus;
  readonly problems: readonly Problem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: RefusalStatus,
    detail: string,
    also: {
      readonly problems?: readonly Problem[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.status = status;
    this.problems = also.problems ?? [];
    this.headers = also.headers ?? {};
  }
}

/** What belongs to another tenant is answered exactly as what does not exist. */
export const notFound = (what: string): Refused =>
  new Refused(404, `there is no ${what} in your tenant`);

/** RFC 9457; `about:blank` says that the title is the status's own. */
export const problemResponse = ({
  status,
  detail,
  problems = [],
  headers = {},
}: {
  readonly status: number;
  readonly detail: string;
  readonly problems?: readonly Problem[];
  readonly headers?: Readonly<Record<string, string>>;
}): Response =>
  new Response(
    JSON.stringify({
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      detail,
      ...(problems.length > 0 && { problems }),
    }),
    { status, headers: { ...headers, 'content-type': 'application/problem+json' } },
  );
