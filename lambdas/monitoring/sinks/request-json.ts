const TIMEOUT_MS = 5_000;

export interface JsonRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
}

/**
 * Asks somebody else's service, and follows no redirect.
 * @throws Error naming the host and the status, and nothing that was sent.
 */
export async function requestJson(url: string, request: JsonRequest): Promise<unknown> {
  const { method = 'POST', headers = {}, body } = request;
  const { host } = new URL(url);
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', 'user-agent': 'assay', ...headers },
    ...(body !== undefined && { body }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new Error(`${host} did not answer within ${TIMEOUT_MS / 1000} s`, { cause });
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${host} answered ${answer.status}, expected success`);
  return text === '' ? undefined : parsed(text);
}

/** What a service says beside its status is of use only where it is JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
