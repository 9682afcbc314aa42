import { broken } from './broken.ts';
import { elementsOf } from './dataspace.ts';
import { readExtensible } from './extensible-array.ts';
import type { Hdf5File } from './file.ts';
import { readFixed } from './fixed-array.ts';
import type { Layout } from './layout.ts';
import { treeNode } from './old-group.ts';
import { recordsOf } from './tree2.ts';

/** One stored chunk. */
export interface Chunk {
  readonly at: number;
  /** As stored. */
  readonly bytes: number;
  /** Filters that were left out, by bit. */
  readonly mask: number;
}

export type Chunked = Extract<Layout, { kind: 'chunked' }>;

const UNFILTERED = 10;
const FILTERED = 11;
const MOST_LEVELS = 32;

export const chunkBytesOf = ({ chunk, elementBytes }: Chunked): number =>
  elementsOf(chunk) * elementBytes;

/** Every stored chunk, of at most `most`. Its bytes are claimed. */
export async function chunksOf(file: Hdf5File, layout: Chunked, most: number): Promise<Chunk[]> {
  const { at, index } = layout;
  if (at === undefined) return [];
  const bytes = chunkBytesOf(layout);
  const chunks = await listed(file, { ...layout, at }, most, bytes);
  if (chunks.length > most) {
    throw broken('chunk', `has ${chunks.length} chunks, its shape calls for ${most}`, at);
  }
  if (index.kind === 'implicit') file.space.claim('data', at, most * bytes);
  else for (const chunk of chunks) file.space.claim('a chunk', chunk.at, chunk.bytes);
  return chunks;
}

async function listed(
  file: Hdf5File,
  { at, index, chunk }: Chunked & { readonly at: number },
  most: number,
  bytes: number,
): Promise<Chunk[]> {
  switch (index.kind) {
    case 'tree1':
      return oldChunks(file, at, chunk.length + 1);
    case 'single':
      return [{ at, bytes: index.bytes ?? bytes, mask: index.mask }];
    case 'implicit':
      return [{ at, bytes: most * bytes, mask: 0 }];
    case 'fixed':
      return readFixed(file, at, bytes);
    case 'extensible':
      return readExtensible(file, at, bytes);
    case 'tree2':
      return newChunks(file, at, chunk.length, bytes);
  }
}

async function oldChunks(file: Hdf5File, root: number, rank: number): Promise<Chunk[]> {
  const { address } = file.widths;
  const most = 2 * file.ranks.chunks;
  const keyBytes = 8 + 8 * rank;
  const size = 8 + 2 * address + most * address + (most + 1) * keyBytes;
  const chunks: Chunk[] = [];
  const visit = async (at: number, depth: number): Promise<void> => {
    const { level, used, fields } = await treeNode(file, { at, size, type: 1, most });
    if (depth > MOST_LEVELS) throw broken('tree', 'a B-tree goes too deep', at);
    for (let left = used; left > 0; left -= 1) {
      const bytes = fields.u32();
      const mask = fields.u32();
      fields.skip(8 * rank);
      const child = fields.address();
      if (child === undefined) throw broken('tree', 'a B-tree lacks a chunk', at);
      if (level === 0) chunks.push({ at: child, bytes, mask });
      else await visit(child, depth + 1);
    }
  };
  await visit(root, 0);
  return chunks;
}

async function newChunks(
  file: Hdf5File,
  at: number,
  rank: number,
  bytes: number,
): Promise<Chunk[]> {
  const { address } = file.widths;
  const chunks: Chunk[] = [];
  for (const record of await recordsOf(file, at, [UNFILTERED, FILTERED])) {
    const child = record.address();
    // What is left: the chunk's own size and mask where there are filters, then its place.
    const sizeBytes = record.bytes.length - address - 8 * rank - 4;
    const isFiltered = record.bytes.length > address + 8 * rank;
    if (isFiltered && (sizeBytes < 1 || sizeBytes > 8)) {
      throw broken('tree', `a chunk's record has ${record.bytes.length} bytes`, at);
    }
    const stored = isFiltered ? record.number(sizeBytes) : bytes;
    const mask = isFiltered ? record.u32() : 0;
    if (child !== undefined) chunks.push({ at: child, bytes: stored, mask });
  }
  return chunks;
}
