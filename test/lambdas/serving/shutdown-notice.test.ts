import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noticeOfShutdown } from '../../../lambdas/serving/shutdown.ts';
import { askForShutdownNotice } from '../../../lambdas/serving/shutdown-notice.ts';

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
  vi.unstubAllEnvs();
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
    const { exit } = await run(
      `import { askForShutdownNotice } from '${SERVING}shutdown-notice.ts';
       await askForShutdownNotice('${api}');`,
    );
    expect(exit).toBe(0);
    expect(asked[0]?.what).toBe('POST /2020-01-01/extension/register');
  });
});

describe('a function that counts in memory', () => {
  it.each(['infer', 'infer-shadow'])(
    'asks for the notice while it initializes: %s',
    async (name) => {
      vi.stubEnv('AWS_LAMBDA_RUNTIME_API', api);
      vi.resetModules();
      await import(`../../../lambdas/serving/${name}.ts`);
      expect(asked.map(({ what }) => what)).toContain('POST /2020-01-01/extension/register');
    },
  );

  it('starts without one where the runtime refuses it', async () => {
    answer = (_, response) => response.writeHead(500).end();
    vi.stubEnv('AWS_LAMBDA_RUNTIME_API', api);
    await expect(noticeOfShutdown()).resolves.toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  it('asks for none where there is no such runtime', async () => {
    vi.stubEnv('AWS_LAMBDA_RUNTIME_API', undefined);
    await noticeOfShutdown();
    expect(asked).toEqual([]);
  });

  it('writes all that waits at SIGTERM, and ends', async () => {
    const { exit, stdout } = await run(
      `import { closeAtShutdown } from '${SERVING}shutdown.ts';
       const counting = (name) => ({
         closed: () => new Promise((done) => setTimeout(() => done(console.log(name)), 10)),
       });
       closeAtShutdown(counting('capture'), counting('traffic'));
       setInterval(() => undefined, 60_000);
       process.kill(process.pid, 'SIGTERM');`,
    );
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'capture\ntraffic\n' });
  });
});

const SERVING = new URL('../../../lambdas/serving/', import.meta.url);

/** Runs a script in a process of its own, to its end. */
async function run(script: string): Promise<{ exit: number | null; stdout: string }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [stdout, [exit]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { exit, stdout };
}
