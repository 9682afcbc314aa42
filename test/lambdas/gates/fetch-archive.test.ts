import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { fetchArchive } from '../../../lambdas/gates/fetch-archive.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serving(listener: RequestListener): Promise<string> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/all.zip`;
}

it('gives the whole document, up to a limit', async () => {
  const url = await serving((_, answer) => void answer.end('0123456789'));
  expect(Buffer.from(await fetchArchive(url, 10)).toString()).toBe('0123456789');
  await expect(fetchArchive(url, 9)).rejects.toThrow('gives more than 9 bytes');
});

it.each([204, 206, 404, 503])('refuses the answer %d', async (status) => {
  const url = await serving((_, answer) => void answer.writeHead(status).end());
  await expect(fetchArchive(url, 10)).rejects.toThrow(`answered ${status}, expected 200`);
});

it('follows no redirect', async () => {
  const url = await serving((_, answer) => void answer.writeHead(302, { location: '/x' }).end());
  await expect(fetchArchive(url, 10)).rejects.toThrow();
});

it('refuses a body that is cut off', async () => {
  const url = await serving((_, answer) => {
    answer.writeHead(200, { 'content-length': '10' });
    answer.write('0123', () => answer.destroy());
  });
  await expect(fetchArchive(url, 10)).rejects.toThrow();
});
