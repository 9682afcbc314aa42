import type { Backend } from '#domain/registry/backend.ts';
import { inTime } from '../in-time.ts';
import { failed } from '../isolated/candidate-answer.ts';
import { type Exchange, MAX_REMOTE_BYTES } from './remote-model.ts';

/** Headers that a server asks for, by the secret that holds them as a JSON object. */
export type HeadersOf = (secret: string) => Promise<Readonly<Record<string, string>>>;

export interface HttpOptions {
  /** Host names, with a port where it is not 443, that the deployment lets requests go to. */
  readonly hosts: readonly string[];
  readonly headersOf: HeadersOf;
  readonly fetch?: typeof fetch;
}

/** Asks a server of the Open Inference Protocol v2 by HTTP. */
export function httpExchange(
  { url, headersSecret }: Extract<Backend, { readonly kind: 'http' }>,
  { model, version }: { readonly model: string; readonly version: string },
  { hosts, headersOf, fetch: send = fetch }: HttpOptions,
): Exchange {
  const { host } = new URL(url);
  const read = (secret: string) =>
    headersOf(secret).catch(
      (error: unknown) =>
        `its headers cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  const at = `${url.replace(/\/$/, '')}/v2/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}/infer`;
  return async (body, deadlineMs) => {
    if (!hosts.includes(host)) {
      return failed(
        'crashed',
        `its server ${host} is none that this deployment lets requests go to; add it to backends.hosts`,
      );
    }
    const signal = AbortSignal.timeout(Math.max(1, Math.floor(deadlineMs)));
    try {
      const held = headersSecret === undefined ? {} : await inTime(deadlineMs, read(headersSecret));
      if (!held) return late(deadlineMs);
      if (typeof held === 'string') return failed('crashed', held);
      const response = await send(at, {
        method: 'POST',
        body,
        headers: { ...held, 'content-type': 'application/json', accept: 'application/json' },
        redirect: 'error',
        signal,
      });
      const text = await textOf(response);
      if (text === undefined) {
        return failed('schema', `its server answered more than ${MAX_REMOTE_BYTES} bytes`);
      }
      if (response.ok) return { ok: true, text };
      const kind = OF_THE_REQUEST.includes(response.status) ? 'threw' : 'crashed';
      return failed(kind, `its server answered ${response.status}`, text.slice(0, 300));
    } catch (error) {
      if (signal.aborted) return late(deadlineMs);
      return failed('crashed', `its server cannot be reached: ${nameOf(error)}`);
    }
  };
}

/** The others that begin with 4 say that nobody may ask, or that there is no such model. */
const OF_THE_REQUEST = [400, 413, 415, 422];

const late = (deadlineMs: number) =>
  failed('timeout', `no answer by its server within ${Math.round(deadlineMs)} ms`);

/** Its message may quote a header; `fetch` has the reason in the cause. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = (error.cause ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

/** Undefined when there are more bytes than an answer has; they are not read on. */
async function textOf({ body }: Response): Promise<string | undefined> {
  if (!body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_REMOTE_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
