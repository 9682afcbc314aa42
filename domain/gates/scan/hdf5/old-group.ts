import { broken, unread } from './broken.ts';
import { type Fields, textIn } from './fields.ts';
import type { Hdf5File } from './file.ts';
import type { Link } from './link.ts';

const SOFT = 2;
const MOST_LEVELS = 32;

/** The links of a group as the oldest format keeps them: a B-tree over nodes of symbols, and a heap of names. */
export async function oldLinks(file: Hdf5File, body: Fields): Promise<Link[]> {
  const tree = body.address();
  const heap = body.address();
  if (tree === undefined || heap === undefined) return [];
  const names = await localHeap(file, heap);
  const links: Link[] = [];
  for (const node of await leavesOf(file, tree)) await addSymbols(file, node, names, links);
  return links;
}

/** The data of a local heap, where names lie by their offsets. */
export async function localHeap(file: Hdf5File, at: number): Promise<Fields> {
  const { address, length } = file.widths;
  const header = await file.signed('a heap of names', 'HEAP', at, 8 + 2 * length + address);
  header.skip(3);
  const size = header.length();
  header.length();
  const data = header.address();
  if (data === undefined) throw broken('heap', 'a heap of names has no data', at);
  return file.block('a heap of names', data, size);
}

export function nameAt(heap: Fields, offset: number): string {
  const end = heap.bytes.indexOf(0, offset);
  if (offset >= heap.bytes.length || end < 0) {
    throw heap.broken('heap', `a name lies at byte ${offset} of ${heap.bytes.length}`);
  }
  return textIn(heap.bytes.subarray(offset, end));
}

async function leavesOf(file: Hdf5File, root: number): Promise<number[]> {
  const { address, length } = file.widths;
  const { internal } = file.ranks;
  const size = 8 + 2 * address + 2 * internal * address + (2 * internal + 1) * length;
  const leaves: number[] = [];
  const visit = async (at: number, depth: number): Promise<void> => {
    const { level, fields, used } = await treeNode(file, { at, size, type: 0, most: 2 * internal });
    if (depth > MOST_LEVELS) throw broken('tree', 'a B-tree goes too deep', at);
    for (let left = used; left > 0; left -= 1) {
      fields.length();
      const child = fields.address();
      if (child === undefined) throw broken('tree', 'a B-tree lacks a node', at);
      if (level === 0) leaves.push(child);
      else await visit(child, depth + 1);
    }
  };
  await visit(root, 0);
  return leaves;
}

/** A node of a version 1 B-tree, its entries next. */
export async function treeNode(
  file: Hdf5File,
  { at, size, type, most }: { at: number; size: number; type: number; most: number },
): Promise<{ readonly level: number; readonly used: number; readonly fields: Fields }> {
  const fields = await file.block("a B-tree's node", at, size);
  const signature = String.fromCharCode(...fields.take(4));
  const found = fields.u8();
  const level = fields.u8();
  const used = fields.u16();
  if (signature !== 'TREE' || found !== type || used > most) {
    throw broken('tree', `a B-tree's node of type ${type} is none`, at);
  }
  fields.skip(2 * file.widths.address);
  return { level, used, fields };
}

async function addSymbols(file: Hdf5File, at: number, names: Fields, links: Link[]): Promise<void> {
  const { address, length } = file.widths;
  const entryBytes = length + address + 24;
  const fields = await file.block('a node of symbols', at, 8 + 2 * file.ranks.leaf * entryBytes);
  const signature = String.fromCharCode(...fields.take(4));
  const version = fields.u8();
  fields.skip(1);
  const count = fields.u16();
  if (signature !== 'SNOD' || version !== 1 || count > 2 * file.ranks.leaf) {
    throw broken('tree', 'a node of symbols is none', at);
  }
  for (let left = count; left > 0; left -= 1) {
    const name = nameAt(names, fields.length());
    const target = fields.address();
    const cache = fields.u32();
    fields.skip(4);
    const scratch = fields.part(16);
    if (cache > SOFT) throw unread('link', `has a link of cache type ${cache}`, fields.start);
    if (cache === SOFT) links.push({ kind: 'soft', name, target: nameAt(names, scratch.u32()) });
    else if (target === undefined) throw broken('link', 'a link leads nowhere', fields.start);
    else links.push({ kind: 'hard', name, target });
  }
}
