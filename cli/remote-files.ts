import { createHash } from 'node:crypto';
import type { Download } from './api-schemas.ts';
import { EXIT } from './exit-codes.ts';
import { Failure, failed, messageOf } from './failure.ts';
import { unreachable } from './http.ts';
import type { Io } from './io.ts';

export type RemoteFile = Download['files'][number];

/** The API's addresses are good for 15 minutes. */
const RENEW_AFTER_MS = 10 * 60_000;

/** The offered files one by one, each with an address that is good when it is asked for. */
export async function* freshFiles(
  io: Pick<Io, 'now'>,
  offer: Download,
  renew: () => Promise<Download>,
): AsyncGenerator<RemoteFile> {
  let offeredAtMs = io.now();
  let urls: ReadonlyMap<string, string> | undefined;
  for (const file of offer.files) {
    if (io.now() - offeredAtMs > RENEW_AFTER_MS) {
      offeredAtMs = io.now();
      urls = new Map((await renew()).files.map(({ path, url }) => [path, url]));
    }
    yield { ...file, url: urls?.get(file.path) ?? file.url };
  }
}

/**
 * Streams one file of a version, hashing it on the way to `write`. It never reads on beyond the
 * size that was promised.
 * @throws Failure when the bytes are not those of the registered file.
 */
export async function fetchFile(
  { path, size, sha256, url }: RemoteFile,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const hash = createHash('sha256');
  let received = 0;
  try {
    // The address is signed: it needs no token, and must not be given one.
    const response = await fetch(url);
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    for await (const chunk of response.body) {
      received += chunk.length;
      if (received > size) break;
      hash.update(chunk);
      await write(chunk).catch((cause: unknown) => {
        throw new Failure(`cannot write ${path}: ${messageOf(cause)}`, { cause });
      });
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unreachable({ method: 'GET', url }, error);
  }
  const found = hash.digest('hex');
  if (received === size && found === sha256) return;
  throw failed(
    {
      field: `file ${JSON.stringify(path)}`,
      got:
        received === size
          ? `SHA-256 ${found}`
          : `${received > size ? 'more than ' : ''}${Math.min(received, size)} bytes`,
      expected: `SHA-256 ${sha256}, ${size} bytes`,
      remedy: 'try once more; if it stays so, report it: stored bytes have changed',
    },
    { exit: EXIT.refused },
  );
}
