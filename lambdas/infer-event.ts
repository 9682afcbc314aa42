import { rolesFor } from '#domain/access/person.ts';
import type { Subject } from '#domain/registry/subject.ts';

/** Without a version, whatever the route says answers. */
type Asked = Pick<Subject, 'tenant' | 'model'> & { readonly version?: string };

/** An inference as the HTTP API would pass it on for somebody of the tenant who may ask models. */
export function inferEvent({ tenant, model, version }: Asked, body: string): object {
  const pinned = version === undefined ? '' : `/versions/${version}`;
  const path = `/v2/models/${model}${pinned}/infer`;
  const claims = {
    token_use: 'id',
    'custom:tenant': tenant,
    'cognito:groups': `[${rolesFor('predict')[0]}]`,
  };
  return {
    version: '2.0',
    rawPath: path,
    headers: { 'content-type': 'application/json' },
    body,
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST', path }, authorizer: { jwt: { claims } } },
  };
}
