import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askForShutdownNotice } from '../../../../lambdas/serving/capture/shutdown-notice.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** As Lambda answers: an identifier, then nothing until there is an event. */
const REGISTERED: Answer = ({ url }, response) => {
  if (url !== '/2020-01-01/extension/register') return;
  response.setHeader('Lambda-Extension-Identifier', 'b1c2');
  response.end('{"functionName":"Infer","functionVersion":"$LATEST","handler":"infer.handler"}');
};

let asked: { what: string; headers: IncomingMessage['headers']; body: string }[];
let answer: Answer;
let server: Server;
let api: string;

beforeEach(async () => {
  asked = [];
  answer = REGISTERED;
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ what: `${request.method} ${request.url}`, headers: request.headers, body });
    server.emit('asked');
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  api = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('a notice of shutdown', () => {
  it('is had by an extension that wants no events and says that it is ready', async () => {
    await askForShutdownNotice(api);
    if (asked.length < 2) await once(server, 'asked');
    const [register, next] = asked;
    expect(register).toMatchObject({
      what: 'POST /2020-01-01/extension/register',
      headers: { 'lambda-extension-name': 'assay-shutdown-notice' },
      body: '{"events":[]}',
    });
    expect(next).toMatchObject({
      what: 'GET /2020-01-01/extension/event/next',
      headers: { 'lambda-extension-identifier': 'b1c2' },
    });
  });

  it('is not had of a runtime that refuses it', async () => {
    answer = (_, response) => response.writeHead(403).end();
    await expect(askForShutdownNotice(api)).rejects.toThrow('register: the runtime answered 403');
  });

  it('is not had of a runtime that gives no identifier', async () => {
    answer = (_, response) => response.end();
    await expect(askForShutdownNotice(api)).rejects.toThrow('no identifier');
  });

  it('is not had where nobody listens', async () => {
    server.close();
    await expect(askForShutdownNotice(api)).rejects.toThrow('ECONNREFUSED');
  });

  it('is not what keeps a process alive', async () => {
    const path = new URL('../../../../lambdas/serving/capture/shutdown-notice.ts', import.meta.url);
    const script = `import { askForShutdownNotice } from '${path}'; await askForShutdownNotice('${api}');`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { stdio: 'inherit' },
    );
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(asked[0]?.what).toBe('POST /2020-01-01/extension/register');
  });
});
