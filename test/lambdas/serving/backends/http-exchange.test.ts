import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type HttpOptions,
  httpExchange,
} from '../../../../lambdas/serving/backends/http-exchange.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function exchange(answer: Answer, secret?: string) {
  const running = createServer(answer);
  server = running;
  await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve));
  const { port } = running.address() as AddressInfo;
  return httpExchange(
    {
      kind: 'http',
      url: 'https://models.example.com/base/',
      ...(secret && { headersSecret: secret }),
    },
    { model: 'iris', version: '1.1.0' },
    {
      hosts: ['models.example.com'],
      headersOf: async () => ({ authorization: 'Bearer t' }),
      // The local server has no certificate: only scheme and host differ from what was asked.
      fetch: (url, init) => {
        const asked = new URL(String(url));
        return fetch(`http://127.0.0.1:${port}${asked.pathname}`, init);
      },
    },
  );
}

const unreachable = (options: Partial<HttpOptions>) =>
  httpExchange(
    { kind: 'http', url: 'https://models.example.com', headersSecret: 'headers' },
    { model: 'iris', version: '1.1.0' },
    { hosts: ['models.example.com'], headersOf: async () => ({}), ...options },
  );

describe('a server of the protocol', () => {
  it('is asked at its version by a POST of JSON, with the headers of the secret', async () => {
    const seen: unknown[] = [];
    const ask = await exchange((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { method, url, headers } = request;
        seen.push([method, url, headers['content-type'], headers.authorization, body]);
        response.end('{"outputs":[]}');
      });
    }, 'headers');
    expect(await ask('{"inputs":[]}', 5000)).toEqual({ ok: true, text: '{"outputs":[]}' });
    expect(seen).toEqual([
      [
        'POST',
        '/base/v2/models/iris/versions/1.1.0/infer',
        'application/json',
        'Bearer t',
        '{"inputs":[]}',
      ],
    ]);
  });

  it.each([
    [400, 'threw'],
    [422, 'threw'],
    [401, 'crashed'],
    [404, 'crashed'],
    [429, 'crashed'],
    [500, 'crashed'],
    [503, 'crashed'],
  ])('that answers %i has failed: %s', async (status, kind) => {
    const ask = await exchange((_, response) => {
      response.statusCode = status;
      response.end('value 3.14 is bad');
    });
    expect(await ask('{}', 5000)).toEqual({
      ok: false,
      failure: { kind, reason: `its server answered ${status}`, said: 'value 3.14 is bad' },
    });
  });

  it('that takes too long is given up on', async () => {
    const ask = await exchange(() => {});
    expect(await ask('{}', 50)).toMatchObject({ ok: false, failure: { kind: 'timeout' } });
  });

  it('that stops half way has failed', async () => {
    const ask = await exchange((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"outputs"');
      setImmediate(() => response.destroy());
    });
    expect(await ask('{}', 5000)).toMatchObject({ ok: false, failure: { kind: 'crashed' } });
  });

  it('that answers without end is not read to it', async () => {
    const ask = await exchange((_, response) => {
      const more = () => {
        while (response.writable && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect(await ask('{}', 30_000)).toMatchObject({
      ok: false,
      failure: { kind: 'schema', reason: expect.stringContaining('more than 8388608 bytes') },
    });
  });

  it('that sends elsewhere is not followed', async () => {
    const ask = await exchange((_, response) => {
      response.writeHead(307, { location: 'http://169.254.169.254/' });
      response.end();
    });
    expect(await ask('{}', 5000)).toMatchObject({ ok: false, failure: { kind: 'crashed' } });
  });

  it('is not asked when the deployment does not list its host', async () => {
    const ask = httpExchange(
      { kind: 'http', url: 'https://internal.example.com' },
      { model: 'iris', version: '1.1.0' },
      {
        hosts: ['models.example.com', 'internal.example.com:8443'],
        headersOf: async () => ({}),
        fetch: () => {
          throw new Error('asked');
        },
      },
    );
    expect(await ask('{}', 5000)).toMatchObject({
      failure: {
        kind: 'crashed',
        reason: expect.stringContaining('add it to backends.hosts'),
      },
    });
  });

  it('is not asked without the headers that it needs', async () => {
    const ask = httpExchange(
      { kind: 'http', url: 'https://models.example.com', headersSecret: 'gone' },
      { model: 'iris', version: '1.1.0' },
      {
        hosts: ['models.example.com'],
        headersOf: async () => {
          throw new Error('no such secret');
        },
        fetch: () => {
          throw new Error('asked');
        },
      },
    );
    expect(await ask('{}', 5000)).toMatchObject({
      failure: { kind: 'crashed', reason: 'its headers cannot be read: no such secret' },
    });
  });

  it('is not waited for longer because its headers take their time', async () => {
    const ask = unreachable({ headersOf: () => new Promise(() => {}) });
    expect(await ask('{}', 30)).toEqual({
      ok: false,
      failure: { kind: 'timeout', reason: 'no answer by its server within 30 ms' },
    });
  });

  it('that cannot be reached is told of by the reason, and no header of it', async () => {
    const refused = Object.assign(new Error('s3cret'), { code: 'ECONNREFUSED' });
    for (const [error, what] of [
      [new TypeError('fetch failed', { cause: refused }), 'ECONNREFUSED'],
      [new TypeError('Headers.append: "s3cret" is an invalid header value.'), 'TypeError'],
    ] as const) {
      const ask = unreachable({
        fetch: async () => {
          throw error;
        },
      });
      expect(await ask('{}', 5000)).toEqual({
        ok: false,
        failure: { kind: 'crashed', reason: `its server cannot be reached: ${what}` },
      });
    }
  });
});
