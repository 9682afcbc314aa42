import type { RangeReader } from '#domain/registry/onnx/range-reader.ts';

/**
 * Random access to one file: `size` in bytes, and ranges inside it. A shorter answer than asked
 * for means that the file ended.
 */
export type ByteSource = RangeReader;

export const sourceOf = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});

/** A stretch of another source, which must lie within it. */
export const stretchOf = (source: ByteSource, start: number, size: number): ByteSource => ({
  size,
  read: (offset, length) => source.read(start + offset, Math.min(length, size - offset)),
});

/** The first bytes, fewer when the file is shorter. */
export const headOf = (source: ByteSource, length: number): Promise<Uint8Array> =>
  source.read(0, Math.min(length, source.size));

export const BLOCK_BYTES = 128 * 1024;
const BLOCKS_KEPT = 32;

/**
 * The same source, read in aligned blocks of 128 KiB of which the last 32 are kept: a parser's
 * many small reads become few. Reads of a block or more pass through.
 */
export function inBlocks(source: ByteSource): ByteSource {
  const blocks = new Map<number, Promise<Uint8Array>>();
  const block = (index: number): Promise<Uint8Array> => {
    const start = index * BLOCK_BYTES;
    const found =
      blocks.get(index) ?? source.read(start, Math.min(BLOCK_BYTES, source.size - start));
    blocks.delete(index);
    blocks.set(index, found);
    const [oldest] = blocks.keys();
    if (blocks.size > BLOCKS_KEPT && oldest !== undefined) blocks.delete(oldest);
    return found;
  };
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const wanted = Math.max(0, Math.min(length, source.size - offset));
    if (wanted >= BLOCK_BYTES) return source.read(offset, wanted);
    const bytes = new Uint8Array(wanted);
    for (let filled = 0; filled < wanted; ) {
      const index = Math.floor((offset + filled) / BLOCK_BYTES);
      const from = offset + filled - index * BLOCK_BYTES;
      const part = (await block(index)).subarray(from, from + wanted - filled);
      if (part.length === 0) return bytes.subarray(0, filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  };
  return { size: source.size, read };
}
