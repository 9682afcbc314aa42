import { broken, unread } from './broken.ts';
import { widthOf } from './datatype.ts';
import type { Fields } from './fields.ts';
import type { Hdf5File } from './file.ts';

const MOST_DEPTH = 16;
/** Signature, version and type before a node's records, a checksum behind them. */
const NODE_FRAME_BYTES = 10;

interface Level {
  /** Records that a node has room for. */
  readonly most: number;
  /** Records below such a node, its own included. */
  readonly mostBelow: number;
}

/** Every record of a version 2 B-tree, in order within each node. */
export async function recordsOf(
  file: Hdf5File,
  at: number,
  types: readonly number[],
): Promise<Fields[]> {
  const { address, length } = file.widths;
  const header = await file.summed('a B-tree', 'BTHD', at, 22 + address + length);
  const type = header.u8();
  if (!types.includes(type)) throw broken('tree', `a B-tree has records of type ${type}`, at);
  const nodeBytes = header.u32();
  const recordBytes = header.u16();
  const depth = header.u16();
  header.skip(2);
  const root = header.address();
  const inRoot = header.u16();
  if (recordBytes === 0 || nodeBytes <= NODE_FRAME_BYTES + recordBytes || depth > MOST_DEPTH) {
    throw broken('tree', `a B-tree has nodes of ${nodeBytes} bytes, depth ${depth}`, at);
  }
  const levels = levelsOf({ depth, nodeBytes, recordBytes, address });
  const records: Fields[] = [];
  const node = async (nodeAt: number, count: number, level: number): Promise<void> => {
    const own = levels[level];
    if (own === undefined || count > own.most) {
      throw broken('tree', `a B-tree's node has ${count} records`, nodeAt);
    }
    const fields = await nodeFields(file, {
      at: nodeAt,
      nodeBytes,
      type,
      level,
      count,
      recordBytes,
      levels,
    });
    for (let left = count; left > 0; left -= 1) records.push(fields.part(recordBytes));
    const below = levels[level - 1];
    if (below === undefined) return;
    for (let left = count + 1; left > 0; left -= 1) {
      const child = fields.address();
      const inChild = fields.number(widthOf(levels[0]?.most ?? 0));
      if (level > 1) fields.skip(widthOf(below.mostBelow));
      if (child === undefined) throw broken('tree', 'a B-tree lacks a node', nodeAt);
      await node(child, inChild, level - 1);
    }
  };
  if (root !== undefined && inRoot > 0) await node(root, inRoot, depth);
  return records;
}

function levelsOf({
  depth,
  nodeBytes,
  recordBytes,
  address,
}: {
  depth: number;
  nodeBytes: number;
  recordBytes: number;
  address: number;
}): Level[] {
  const most = Math.floor((nodeBytes - NODE_FRAME_BYTES) / recordBytes);
  const levels: Level[] = [{ most, mostBelow: most }];
  for (let level = 1; level <= depth; level += 1) {
    const pointer = pointerBytes(levels, level, address);
    const here = Math.floor((nodeBytes - NODE_FRAME_BYTES - pointer) / (recordBytes + pointer));
    const below = levels[level - 1]?.mostBelow ?? 0;
    const mostBelow = (here + 1) * below + here;
    if (here < 1 || !Number.isSafeInteger(mostBelow)) {
      throw unread('limit', `has a B-tree of depth ${depth} with nodes of ${nodeBytes} bytes`);
    }
    levels.push({ most: here, mostBelow });
  }
  return levels;
}

const pointerBytes = (levels: readonly Level[], level: number, address: number): number =>
  address +
  widthOf(levels[0]?.most ?? 0) +
  (level > 1 ? widthOf(levels[level - 1]?.mostBelow ?? 0) : 0);

/** A node's records and pointers; its checksum lies behind them, not at the end of its room. */
async function nodeFields(
  file: Hdf5File,
  node: {
    at: number;
    nodeBytes: number;
    type: number;
    level: number;
    count: number;
    recordBytes: number;
    levels: readonly Level[];
  },
): Promise<Fields> {
  const { at, nodeBytes, level, count, recordBytes } = node;
  const pointers =
    level === 0 ? 0 : (count + 1) * pointerBytes(node.levels, level, file.widths.address);
  const used = NODE_FRAME_BYTES + count * recordBytes + pointers;
  const fields = await file.summedWithin("a B-tree's node", level === 0 ? 'BTLF' : 'BTIN', {
    at,
    length: nodeBytes,
    used,
  });
  if (fields.u8() !== node.type) throw broken('tree', "a B-tree's node is of another type", at);
  return fields;
}
