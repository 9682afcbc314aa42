import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** A file with rows, wherever it lies. What goes wrong in reaching it is thrown as it is. */
export interface DataFile {
  /** Its path, by whose ending its format is told. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** All bytes, from the first. */
  open(): Promise<Readable>;
  /** Some bytes, fewer where the file ends. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

const CHUNK_BYTES = 256 * 1024;

/** @throws the system's error for a path that is no readable file. */
export async function localFile(path: string): Promise<DataFile> {
  const { size } = await stat(path);
  return {
    path,
    size,
    open: async () => createReadStream(path, { highWaterMark: CHUNK_BYTES }),
    read: async (offset, length) => {
      const file = await open(path);
      try {
        const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
}
