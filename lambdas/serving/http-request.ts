import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { may, parseGroups, rolesFor } from '#domain/access/person.ts';
import { problemText } from '#domain/registry/problem.ts';
import { Tenant } from '#domain/registry/subject.ts';
import { failure, type Reply } from './reply.ts';

/** An HTTP API event; `authorizer` is there where the route has a JWT authorizer. */
export type HttpEvent = APIGatewayProxyEventV2 & {
  readonly requestContext: {
    readonly authorizer?: { readonly jwt: { readonly claims: Readonly<Record<string, unknown>> } };
  };
};

export type Part<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reply: Reply };

/** Beyond this a request belongs into a batch; a function takes 6 MB, base64 and event included. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Whose models are meant, by the verified ID token alone, and whether its roles may ask them. */
export function tenantOf(event: HttpEvent): Part<string> {
  const claims = event.requestContext.authorizer?.jwt?.claims ?? {};
  const use = claims.token_use;
  if (use !== 'id') {
    return refuse('unauthenticated', {
      field: 'Authorization',
      got: typeof use === 'string' ? `a token for ${use}` : 'no verified token',
      expected: 'an ID token, the one that names the tenant',
      remedy: 'sign in and send the ID token as "Authorization: Bearer …"',
    });
  }
  const roles = parseGroups(claims['cognito:groups']);
  if (!may(roles, 'predict')) {
    return refuse('forbidden', {
      field: 'cognito:groups',
      got: roles.join(', ') || 'no role',
      expected: `one of ${rolesFor('predict').join(', ')}`,
      remedy: 'ask an administrator for the role, then sign in again',
    });
  }
  const tenant = Tenant.safeParse(claims['custom:tenant']);
  if (tenant.success) return { ok: true, value: tenant.data };
  return refuse('unauthenticated', {
    field: 'custom:tenant',
    got: 'no valid tenant in the token',
    expected: '1 to 40 of a-z, 0-9 and -',
    remedy: 'ask an administrator to give your user a tenant, then sign in again',
  });
}

/**
 * The body as text, when it is JSON by its own account and not too long. Stock clients of the
 * protocol send JSON without a type, and binary tensors with a header of their own.
 */
export function jsonBodyOf({ body = '', isBase64Encoded, headers }: HttpEvent): Part<string> {
  const type = header(headers, 'content-type') ?? 'application/json';
  const encoding = header(headers, 'content-encoding') ?? 'identity';
  const binary = header(headers, 'inference-header-content-length') !== undefined;
  if (binary || type.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    return refuse('unsupported-media-type', {
      field: 'Content-Type',
      got: binary ? 'binary tensors' : JSON.stringify(type),
      expected: 'application/json',
      remedy: 'send the tensors as JSON (binary_data=False in a stock client)',
    });
  }
  if (encoding !== 'identity') {
    return refuse('unsupported-media-type', {
      field: 'Content-Encoding',
      got: JSON.stringify(encoding),
      expected: 'none',
      remedy: 'send the body uncompressed',
    });
  }
  const bytes = Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes > MAX_BODY_BYTES) {
    return refuse('too-large', {
      field: 'body',
      got: `${bytes} bytes`,
      expected: `at most ${MAX_BODY_BYTES}`,
      remedy: 'send fewer rows a request',
    });
  }
  if (!isBase64Encoded) return { ok: true, value: body };
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    return { ok: true, value: decoder.decode(Buffer.from(body, 'base64')) };
  } catch {
    return refuse('bad-request', {
      field: 'body',
      got: 'bytes that are not UTF-8',
      expected: 'JSON in UTF-8',
      remedy: 'encode the body as UTF-8',
    });
  }
}

/** API Gateway sends names in lower case; others may not. */
const header = (headers: HttpEvent['headers'], name: string): string | undefined =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];

const refuse = (
  error: Parameters<typeof failure>[0],
  problem: Parameters<typeof problemText>[0],
): { readonly ok: false; readonly reply: Reply } => ({
  ok: false,
  reply: failure(error, problemText(problem)),
});
