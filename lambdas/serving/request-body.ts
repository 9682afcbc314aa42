import { type HttpEvent, header, type Part, refuse } from './http-request.ts';

/** What a client sent to infer from. */
export type RequestBody =
  | {
      readonly kind: 'tensors';
      /** JSON, by its own account. */
      readonly text: string;
      /** What comes after the JSON, by the binary tensor data extension. */
      readonly binary: Uint8Array;
    }
  | { readonly kind: 'csv'; readonly text: string };

/** Beyond this a request belongs into a batch; a function takes 6 MB, base64 and event included. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const NOTHING = new Uint8Array();
const HEADER_LENGTH = 'inference-header-content-length';

/**
 * The body, when its type is one of those taken here and it is not too long. Stock clients of the
 * protocol send JSON, and binary tensors after it, without a type.
 */
export function requestBody(event: HttpEvent): Part<RequestBody> {
  const { body = '', isBase64Encoded, headers } = event;
  const encoding = header(headers, 'content-encoding') ?? 'identity';
  const headerLength = header(headers, HEADER_LENGTH);
  const kind = kindOf(event, headerLength !== undefined);
  if (!kind.ok) return kind;
  if (encoding !== 'identity') {
    return refuse('unsupported-media-type', {
      field: 'Content-Encoding',
      got: JSON.stringify(encoding),
      expected: 'none',
      remedy: 'send the body uncompressed',
    });
  }
  const size = Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
  if (size > MAX_BODY_BYTES) {
    return refuse('too-large', {
      field: 'body',
      got: `${size} bytes`,
      expected: `at most ${MAX_BODY_BYTES}`,
      remedy: 'send fewer rows a request',
    });
  }
  if (headerLength !== undefined) return splitBody(event, size, headerLength);
  if (!isBase64Encoded) return { ok: true, value: textBody(kind.value, body) };
  const text = decoded(Buffer.from(body, 'base64'));
  return text.ok ? { ok: true, value: textBody(kind.value, text.value) } : text;
}

const textBody = (kind: RequestBody['kind'], text: string): RequestBody =>
  kind === 'csv' ? { kind, text } : { kind, text, binary: NOTHING };

/** Comma-separated values are taken at SageMaker's path alone: the protocol has none. */
function kindOf({ headers, rawPath }: HttpEvent, split: boolean): Part<RequestBody['kind']> {
  const type = header(headers, 'content-type') ?? 'application/json';
  const [name = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
  if (name === 'application/json') return { ok: true, value: 'tensors' };
  if (name === 'application/octet-stream' && split) return { ok: true, value: 'tensors' };
  const csv = rawPath === '/invocations';
  if (name === 'text/csv' && csv && !split && !parameters.includes('header=present')) {
    return { ok: true, value: 'csv' };
  }
  return refuse('unsupported-media-type', {
    field: 'Content-Type',
    got: JSON.stringify(type),
    expected: `application/json${csv ? ', text/csv without a header line' : ''}, or application/octet-stream with Inference-Header-Content-Length`,
    remedy: 'send the tensors in one of these forms',
  });
}

function splitBody(
  { body = '', isBase64Encoded }: HttpEvent,
  size: number,
  headerLength: string,
): Part<RequestBody> {
  const length = /^\d{1,9}$/.test(headerLength) ? Number(headerLength) : undefined;
  if (length === undefined || length === 0 || length > size) {
    return refuse('bad-request', {
      field: 'Inference-Header-Content-Length',
      got: JSON.stringify(headerLength.slice(0, 20)),
      expected: `the bytes of the JSON that the body begins with, 1 to ${size}`,
      remedy: 'correct the header, or leave it out for JSON alone',
    });
  }
  // The gateway reads what calls itself JSON as text, and bytes that are no text are lost in it.
  if (!isBase64Encoded && length < size) {
    return refuse('unsupported-media-type', {
      field: 'Content-Type',
      got: 'a type of text for binary tensors',
      expected: 'application/octet-stream, or none',
      remedy: 'leave the type to the client library, or send application/octet-stream',
    });
  }
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const text = decoded(bytes.subarray(0, length));
  if (!text.ok) return text;
  return {
    ok: true,
    value: { kind: 'tensors', text: text.value, binary: bytes.subarray(length) },
  };
}

function decoded(bytes: Uint8Array): Part<string> {
  try {
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return refuse('bad-request', {
      field: 'body',
      got: 'bytes that are not UTF-8',
      expected: 'text in UTF-8',
      remedy: 'encode the body as UTF-8',
    });
  }
}
