import { Failure, messageOf } from './failure.ts';
import type { Io } from './io.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  /** The JSON document, or the text when it is none. */
  readonly body: unknown;
}

/** API Gateway itself gives up after 30 s. */
const TIMEOUT_MS = 35_000;
/** Waits of 0.25, 0.5 and 1 s: long enough for a throttled table, short enough to watch. */
const RETRY_WAITS_MS = [250, 500, 1000] as const;
const LONGEST_RETRY_AFTER_MS = 10_000;

/** Sends JSON over HTTP. Only GETs are sent again, on 429, 5xx and broken connections. */
export async function sendJson(io: Pick<Io, 'sleep'>, request: HttpRequest): Promise<HttpAnswer> {
  const waits = request.method === 'GET' ? RETRY_WAITS_MS : [];
  for (const wait of waits) {
    const response = await exchange(request).catch(() => undefined);
    if (response && response.status !== 429 && response.status < 500) return answerOf(response);
    await response?.body?.cancel();
    await io.sleep(retryAfterMs(response) ?? wait);
  }
  const response = await exchange(request).catch((error: unknown) => {
    throw unreachable(request, error);
  });
  return answerOf(response);
}

const exchange = ({ method, url, headers, body }: HttpRequest): Promise<Response> =>
  fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // A redirect would carry the token to wherever it points.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });

async function answerOf(response: Response): Promise<HttpAnswer> {
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: text };
  }
}

function retryAfterMs(response: Response | undefined): number | undefined {
  const seconds = Number(response?.headers.get('retry-after') ?? Number.NaN);
  return seconds > 0 ? Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) : undefined;
}

/** No answer came: whether the request did is unknown. */
export class Unreachable extends Failure {}

export function unreachable(
  { method, url }: Pick<HttpRequest, 'method' | 'url'>,
  error: unknown,
): Unreachable {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  const done =
    method === 'POST' ? '; whether it took effect is unknown, look before you repeat' : '';
  return new Unreachable(
    `${method} ${url.split('?')[0]}: got ${messageOf(cause) || 'no connection'}, expected an answer; check the network and the address given to "assay login"${done}`,
    { cause: error },
  );
}
