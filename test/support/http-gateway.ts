import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { HttpEvent } from '../../lambdas/serving/http-request.ts';

type Handler = (event: HttpEvent) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * What HTTP APIs pass on as text; all else, bodies without a type included, comes in base64
 * (observed on AWS: ministackorg/ministack, pull request 766).
 */
const TEXT = /^(?:text\/.*|application\/(?:json|xml|javascript))$/i;

/** An HTTP API of one function, on a port of this machine; `claims` are those of any token. */
export async function httpGateway(
  handler: Handler,
  claims: Record<string, unknown>,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const answer = await handler(eventOf(request, await bodyOf(request), claims));
    const { statusCode = 200, headers = {}, body = '', isBase64Encoded } = answer;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
    response.writeHead(statusCode);
    response.end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function eventOf(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: Buffer,
  claims: Record<string, unknown>,
): HttpEvent {
  const path = url.split('?')[0] ?? '/';
  const isBase64Encoded = !TEXT.test(headers['content-type']?.split(';')[0]?.trim() ?? '');
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'stock' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ),
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded: body.length > 0 && isBase64Encoded,
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http,
      requestId: 'request',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 0,
      ...(headers.authorization !== undefined && { authorizer: { jwt: { claims } } }),
    },
  };
}
