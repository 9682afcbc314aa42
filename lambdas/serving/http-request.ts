import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { may, parseGroups, rolesFor } from '#domain/access/person.ts';
import { problemText } from '#domain/registry/problem.ts';
import { Tenant } from '#domain/registry/subject.ts';
import type { ModelEndpoint } from '#domain/serving/endpoint.ts';
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

/** The model that a path without one means: named by headers, never guessed from what there is. */
export function namedModel({ headers }: HttpEvent): Part<ModelEndpoint> {
  const model = header(headers, 'x-assay-model');
  const version = header(headers, 'x-assay-version');
  if (model) return { ok: true, value: { kind: 'infer', model, ...(version && { version }) } };
  return refuse('bad-request', {
    field: 'X-Assay-Model',
    got: model === undefined ? 'no such header' : 'nothing',
    expected: 'the name of a model of your tenant',
    remedy: 'send it, and X-Assay-Version for one version alone',
  });
}

/** API Gateway sends names in lower case; others may not. */
export const header = (headers: HttpEvent['headers'], name: string): string | undefined =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];

export const refuse = (
  error: Parameters<typeof failure>[0],
  problem: Parameters<typeof problemText>[0],
): { readonly ok: false; readonly reply: Reply } => ({
  ok: false,
  reply: failure(error, problemText(problem)),
});
