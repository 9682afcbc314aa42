import { Readable, type Transform } from 'node:stream';
import { createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Decompress, Decompressors } from '#domain/gates/scan/decompressors.ts';

/** `bytesWritten` of a decompressor counts what it took in, without what follows its stream. */
const byZlib =
  (create: () => Transform & { readonly bytesWritten: number }): Decompress =>
  (compressed) => {
    const stream = create();
    const input = Readable.from(compressed, { objectMode: false });
    input.once('error', (error) => stream.destroy(error));
    stream.once('close', () => input.destroy());
    return { chunks: input.pipe(stream), consumed: () => stream.bytesWritten };
  };

/** What Node unpacks by itself. */
export const NODE_DECOMPRESSORS: Decompressors = {
  deflate: byZlib(createInflateRaw),
  zlib: byZlib(createInflate),
  gzip: byZlib(createGunzip),
};
