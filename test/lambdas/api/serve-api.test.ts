import { describe, expect, it } from 'vitest';
import { governanceApi } from '../../../lambdas/api/app.ts';
import { serve } from '../../../lambdas/api/serve-api.ts';
import { ANA, World } from './world.ts';

/** An event of payload format 2.0, with the fields of AWS's own example. */
const event = (
  method: string,
  rawPath: string,
  more: {
    rawQueryString?: string;
    body?: string;
    isBase64Encoded?: boolean;
    authorizer?: object;
  } = {},
) => ({
  version: '2.0',
  routeKey: 'ANY /governance/{proxy+}',
  rawPath,
  rawQueryString: more.rawQueryString ?? '',
  headers: { 'content-type': 'application/json', authorization: 'Bearer token' },
  body: more.body,
  isBase64Encoded: more.isBase64Encoded ?? false,
  requestContext: {
    accountId: '111122223333',
    requestId: 'JKJaXmPLvHcESHA=',
    stage: '$default',
    http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'x' },
    authorizer: more.authorizer ?? { jwt: { claims: ANA, scopes: null } },
  },
});

const answer = (sent: unknown, world = new World()) =>
  serve(() => governanceApi(world.ports))(sent);

describe('the API’s handler', () => {
  it('answers an event with status, headers and text', async () => {
    await expect(answer(event('GET', '/governance/whoami'))).resolves.toEqual({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: '{"person":"ana","tenant":"acme","roles":["ml_engineer"]}',
    });
  });

  it('hands on the query as it was sent', async () => {
    const sent = event('GET', '/governance/approvals', { rawQueryString: 'status=VOID' });
    await expect(answer(sent)).resolves.toMatchObject({ body: '{"items":[]}' });
  });

  it.each([true, false])('reads a body, base64: %s', async (isBase64Encoded) => {
    const text = JSON.stringify({ model: 'fraud' });
    const body = isBase64Encoded ? Buffer.from(text).toString('base64') : text;
    const sent = event('POST', '/governance/uploads', { body, isBase64Encoded });
    await expect(answer(sent)).resolves.toMatchObject({ statusCode: 201 });
  });

  it('takes no notice of a body that comes with GET', async () => {
    const sent = event('GET', '/governance/health', { body: '{"tenant":"rival"}' });
    await expect(answer(sent)).resolves.toMatchObject({ body: '{"status":"ok"}' });
  });

  it('refuses a POST without a body', async () => {
    await expect(answer(event('POST', '/governance/uploads'))).resolves.toMatchObject({
      statusCode: 400,
    });
  });

  it('takes nobody’s word but the authorizer’s for who is asking', async () => {
    const sent = event('GET', '/governance/whoami', { authorizer: {} });
    await expect(answer(sent)).resolves.toMatchObject({ statusCode: 401 });
  });

  it.each(['/governance//whoami', '/governance/whoami/', '//evil/governance/whoami', '/'])(
    'finds nothing at %s',
    async (path) => {
      await expect(answer(event('GET', path))).resolves.toMatchObject({ statusCode: 404 });
    },
  );

  it('names the request in the log line', async () => {
    const world = new World();
    await answer(event('GET', '/governance/health'), world);
    expect(world.lines).toMatchObject([{ requestId: 'JKJaXmPLvHcESHA=' }]);
  });
});
