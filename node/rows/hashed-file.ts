import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DataFile } from './data-file.ts';

/** Hashes a file as it streams by. */
export class HashedFile implements DataFile {
  readonly path: string;
  readonly size: number;
  readonly read: DataFile['read'];
  readonly #file: DataFile;
  #hash: ReturnType<typeof createHash> | undefined;

  constructor(file: DataFile) {
    this.#file = file;
    this.path = file.path;
    this.size = file.size;
    this.read = (offset, length) => file.read(offset, length);
  }

  async open(): Promise<Readable> {
    const hash = createHash('sha256');
    this.#hash = hash;
    const bytes = await this.#file.open();
    return Readable.from(
      (async function* () {
        for await (const chunk of bytes) {
          hash.update(chunk);
          yield chunk;
        }
      })(),
    );
  }

  /** Of the bytes that passed; undefined when the file was read elsewhere than from its start. */
  digest(): string | undefined {
    return this.#hash?.digest('hex');
  }
}
