import { type IncomingMessage, request } from 'node:http';

/** As Lambda lists it among a function's extensions; it must be unlike any other's. */
const NAME = 'assay-shutdown-notice';
const VERSION = '2020-01-01';
/** It answers from within the sandbox. */
const PATIENCE_MS = 1_000;

/**
 * Registers an extension within this process that wants no events. Without any, Lambda ends a
 * sandbox at once; with one, it sends the process SIGTERM and leaves it 500 ms. It must be called
 * while the function initializes, and is over when the extension is registered.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html; AWS's runtime
 * for Rust does the same for its `spawn_graceful_shutdown_handler`.
 *
 * @param api host and port of the runtime's API, as `AWS_LAMBDA_RUNTIME_API` gives it
 * @throws where the API cannot be reached or refuses it; the process is then ended as before
 */
export async function askForShutdownNotice(api: string): Promise<void> {
  const registered = await asked(api, 'POST', 'register', {
    headers: { 'lambda-extension-name': NAME, 'content-type': 'application/json' },
    body: JSON.stringify({ events: [] }),
    timeoutMs: PATIENCE_MS,
  });
  const id = registered.headers['lambda-extension-identifier'];
  if (typeof id !== 'string') {
    throw new Error('the runtime registered an extension and gave it no identifier');
  }
  // Asking for the next event says that the extension is ready. None ever comes: the request stays
  // open, frozen with the sandbox, for as long as the process lives.
  asked(api, 'GET', 'event/next', { headers: { 'lambda-extension-identifier': id } }).catch(
    () => undefined,
  );
}

interface Asked {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** As long as it takes where there is none. */
  readonly timeoutMs?: number;
}

/** Not by `fetch`, which gives up on headers after five minutes. */
const asked = (
  api: string,
  method: string,
  path: string,
  { headers, body, timeoutMs }: Asked,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const url = `http://${api}/${VERSION}/extension/${path}`;
    const waits = timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) };
    const sent = request(url, { method, headers, ...waits }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`${method} ${path}: the runtime answered ${response.statusCode}`));
    });
    sent.on('error', reject);
    // What waits for ever must not be what keeps a process alive.
    if (timeoutMs === undefined) sent.on('socket', (socket) => socket.unref());
    sent.end(body);
  });
