import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';
import type { Codec } from '#domain/gates/scan/decompressors.ts';
import { SCAN_LIMITS } from '#domain/gates/scan/limits.ts';
import { unpack } from '#domain/gates/scan/unpack.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';
import { filesBelow } from '../corpus.ts';
import { promise, type Seed, seedOf, type Target, unless } from '../target.ts';

const WORDS = new TextEncoder().encode('weights are elsewhere, numbers too; '.repeat(80));
const OWN: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  deflate: deflateRawSync,
  zlib: deflateSync,
  gzip: gzipSync,
};

const limits = { ...SCAN_LIMITS, memberBytes: 16 * 1024 * 1024 };

const unpacks =
  (codec: Codec) =>
  ({ bytes }: Seed): Promise<void> =>
    unless(['FormatError'], async () => {
      const spent = { entries: 0, unpackedBytes: 0 };
      const unpacked = await unpack(sourceOf(bytes), codec, {
        limits,
        decompressors: NODE_DECOMPRESSORS,
        spent,
      });
      promise(unpacked.bytes.length <= limits.memberBytes, 'a bomb is stopped');
      promise(unpacked.consumed <= bytes.length, 'no more is taken than there is');
    });

export const COMPRESSION: readonly Target[] = (
  ['deflate', 'zlib', 'gzip', 'bz2', 'lzma', 'xz', 'lz4'] as const
).map((codec) => ({
  name: codec,
  kind: 'binary',
  seeds: () => {
    const own = OWN[codec];
    if (own !== undefined) return [seedOf(`words.${codec}`, own(WORDS))];
    return filesBelow('test/node/compression/fixtures', new RegExp(`\\.${codec}$`));
  },
  parse: unpacks(codec),
}));
