import { Readable, type Transform } from 'node:stream';
import { createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Decompress, Decompressors } from '#domain/gates/scan/decompressors.ts';
import { bunzip2 } from './compression/bzip2.ts';
import { Input } from './compression/input.ts';
import { unlz4 } from './compression/lz4.ts';
import { unlzma } from './compression/lzma-alone.ts';
import { unxz } from './compression/xz.ts';

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

const byPieces =
  (decode: (input: Input) => AsyncIterable<Uint8Array>): Decompress =>
  (compressed) => {
    const input = new Input(compressed);
    return { chunks: decode(input), consumed: () => input.consumed };
  };

/** What Node unpacks by itself, and what is undone here; not zstd, which Node 20 lacks. */
export const NODE_DECOMPRESSORS: Decompressors = {
  deflate: byZlib(createInflateRaw),
  zlib: byZlib(createInflate),
  gzip: byZlib(createGunzip),
  bz2: byPieces(bunzip2),
  lzma: byPieces(unlzma),
  xz: byPieces(unxz),
  lz4: byPieces(unlz4),
};
