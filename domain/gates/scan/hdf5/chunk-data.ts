import { type ByteSource, sourceOf, stretchOf } from '#domain/gates/scan/byte-source.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import type { Scan } from '#domain/gates/scan/reading.ts';
import { unpack } from '#domain/gates/scan/unpack.ts';
import { broken, unread } from './broken.ts';
import type { Chunk } from './chunks.ts';
import { DEFLATE, type Filter, FLETCHER32, SHUFFLE } from './filters.ts';

const FLETCHER32_BYTES = 4;

/**
 * A chunk without its filters, which must give exactly `size` bytes; undefined behind a filter that
 * is not undone here.
 * @throws FormatError fail for another size or a broken stream.
 */
export async function chunkData(
  source: ByteSource,
  chunk: Chunk,
  {
    filters,
    size,
    elementBytes,
  }: { filters: readonly Filter[]; size: number; elementBytes: number },
  scan: Scan,
): Promise<ByteSource | undefined> {
  let data = stretchOf(source, chunk.at, chunk.bytes);
  const applied = filters.filter((_, index) => ((chunk.mask >>> index) & 1) === 0);
  for (const { id } of applied.reverse()) {
    if (id === FLETCHER32 && data.size >= FLETCHER32_BYTES) {
      data = stretchOf(data, 0, data.size - FLETCHER32_BYTES);
    } else if (id === DEFLATE) {
      data = await inflated(data, size, chunk.at, scan);
    } else if (id === SHUFFLE && data.size === size) {
      if (size <= scan.limits.memberBytes && elementBytes > 1) {
        data = sourceOf(unshuffled(await data.read(0, size), elementBytes));
      }
    } else if (id !== SHUFFLE && id !== FLETCHER32) {
      return undefined;
    }
  }
  if (data.size !== size) {
    throw broken(
      'chunk',
      `a chunk holds ${data.size} bytes, its shape calls for ${size}`,
      chunk.at,
    );
  }
  return data;
}

async function inflated(
  data: ByteSource,
  size: number,
  at: number,
  scan: Scan,
): Promise<ByteSource> {
  if (size > scan.limits.memberBytes) {
    throw unread('limit', `has a chunk that unpacks to ${size} bytes`, at);
  }
  // Another filter may stand before: a checksum makes it a little longer.
  const most = size + FLETCHER32_BYTES;
  const limits = { ...scan.limits, memberBytes: most, ratio: Number.POSITIVE_INFINITY };
  try {
    const { bytes, consumed } = await unpack(data, 'zlib', { ...scan, limits });
    if (consumed !== data.size) {
      throw broken('chunk', `${data.size - consumed} bytes follow a chunk's own`, at);
    }
    return sourceOf(bytes);
  } catch (error) {
    const isBomb =
      error instanceof FormatError &&
      error.id === 'archive.limit' &&
      scan.spent.unpackedBytes <= scan.limits.unpackedBytes;
    if (!isBomb) throw error;
    throw broken('chunk', `a chunk unpacks to more than the ${size} bytes of its shape`, at);
  }
}

/** Undoes the shuffle: first bytes of all elements, then second ones, and a rest as it is. */
function unshuffled(bytes: Uint8Array, elementBytes: number): Uint8Array {
  const count = Math.floor(bytes.length / elementBytes);
  const plain = bytes.slice();
  for (let byte = 0; byte < elementBytes; byte += 1) {
    for (let index = 0; index < count; index += 1) {
      plain[index * elementBytes + byte] = bytes[byte * count + index] ?? 0;
    }
  }
  return plain;
}
