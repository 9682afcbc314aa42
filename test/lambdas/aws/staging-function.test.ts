import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StagingFunction } from '#aws/staging-function.ts';

const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:InferStaging';

let server: Server;
let asked: { url: string; body: string }[];
let reply: (response: ServerResponse) => void;
beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    asked.push({
      url: decodeURIComponent(request.url ?? ''),
      body: Buffer.concat(chunks).toString(),
    });
    reply(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const send = () => {
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  return new StagingFunction(
    ARN,
    new LambdaClient({ region: 'eu-west-1', endpoint, maxAttempts: 1 }),
  ).send({ rawPath: '/v2' });
};

it('hands the event to the one function, and back what it answered', async () => {
  reply = (response) => response.end('{"statusCode":200,"body":"{}"}');
  expect(await send()).toEqual({ outcome: 'answered', answer: { statusCode: 200, body: '{}' } });
  expect(asked).toEqual([
    { url: `/2015-03-31/functions/${ARN}/invocations`, body: '{"rawPath":"/v2"}' },
  ]);
});

it('tells a crash by its type, not by words that may quote the request', async () => {
  reply = (response) => {
    response.setHeader('x-amz-function-error', 'Unhandled');
    response.end('{"errorType":"Sandbox.Timedout","errorMessage":"with 5.1 in it"}');
  };
  expect(await send()).toEqual({ outcome: 'crashed', reason: 'Sandbox.Timedout' });
  reply = (response) => {
    response.setHeader('x-amz-function-error', 'Unhandled');
    response.end('null');
  };
  expect(await send()).toEqual({ outcome: 'crashed', reason: 'Unhandled' });
});

it('does not ask again by itself when it is throttled', async () => {
  reply = (response) => {
    response.statusCode = 429;
    response.setHeader('x-amzn-errortype', 'TooManyRequestsException');
    response.end('{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}');
  };
  expect(await send()).toEqual({ outcome: 'unsent', reason: 'TooManyRequestsException' });
  expect(asked).toHaveLength(1);
});

it('says so when Lambda is not to be reached', async () => {
  reply = (response) => response.destroy();
  expect(await send()).toMatchObject({ outcome: 'unsent' });
});
