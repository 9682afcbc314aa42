import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { InferFunction } from '#aws/infer-function.ts';

const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:Infer';

let server: Server;
let asked: number;
let throttled: number;
beforeEach(async () => {
  asked = 0;
  server = createServer((_, response) => {
    if (++asked > throttled) {
      response.end('{"statusCode":200,"body":"{}"}');
      return;
    }
    response.statusCode = 429;
    response.setHeader('x-amzn-errortype', 'TooManyRequestsException');
    response.end('{"Reason":"CallerRateLimitExceeded"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  // The client waits for a random part of what it may wait.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

it('asks again while it is throttled', async () => {
  throttled = 5;
  const answer = { statusCode: 200, body: '{}' };
  expect(await new InferFunction(ARN).send({})).toEqual({ outcome: 'answered', answer });
  expect(asked).toBe(6);
});

it('says after six tries that it could not ask', async () => {
  throttled = 6;
  const { outcome } = await new InferFunction(ARN).send({});
  expect([outcome, asked]).toEqual(['unsent', 6]);
});
