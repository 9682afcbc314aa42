import { broken, unread } from './broken.ts';
import { widthOf } from './datatype.ts';
import { Fields } from './fields.ts';
import { begin, checkedSum, type Hdf5File } from './file.ts';
import { recordsOf } from './tree2.ts';

/** A block of a fractal heap, by the offset of its first byte within the heap. */
interface Block {
  readonly offset: number;
  readonly fields: Fields;
}

/** How a fractal heap doubles its blocks, row by row. */
interface Table {
  readonly width: number;
  readonly first: number;
  readonly mostDirect: number;
  readonly offsetBytes: number;
  readonly summed: boolean;
}

const MOST_LEVELS = 32;

/** Objects of a fractal heap: dense links and attributes, each in a heap of its own. */
export class FractalHeap {
  readonly #blocks: readonly Block[];
  readonly #huge: ReadonlyMap<number, Fields>;
  readonly #offsetBytes: number;
  readonly #lengthBytes: number;

  private constructor(
    blocks: readonly Block[],
    huge: ReadonlyMap<number, Fields>,
    offsetBytes: number,
    lengthBytes: number,
  ) {
    this.#blocks = blocks;
    this.#huge = huge;
    this.#offsetBytes = offsetBytes;
    this.#lengthBytes = lengthBytes;
  }

  /** Reads every block of the heap. */
  static async of(file: Hdf5File, at: number): Promise<FractalHeap> {
    const { address, length } = file.widths;
    const header = await file.summed('a fractal heap', 'FRHP', at, 26 + 12 * length + 3 * address);
    header.skip(2);
    if (header.u16() > 0) throw unread('heap-filter', 'has a heap with filters', at);
    const flags = header.u8();
    const mostManaged = header.u32();
    header.length();
    const hugeTree = header.address();
    header.length();
    const freeSpace = header.address();
    header.skip(8 * length);
    const width = header.u16();
    const first = header.length();
    const mostDirect = header.length();
    const offsetBytes = Math.ceil(header.u16() / 8);
    header.skip(2);
    const root = header.address();
    const rows = header.u16();
    const powers = [width, first, mostDirect].every(isPower) && mostDirect >= first;
    if (!powers || offsetBytes === 0 || offsetBytes > 8) {
      throw broken('heap', 'a fractal heap has blocks of impossible sizes', at);
    }
    const table = { width, first, mostDirect, offsetBytes, summed: (flags & 2) !== 0 };
    const blocks: Block[] = [];
    if (root !== undefined && rows === 0) {
      blocks.push(await directBlock(file, root, first, table));
    } else if (root !== undefined) {
      await addBlocks(file, root, rows, table, blocks, 0);
    }
    const huge = hugeTree === undefined ? new Map<number, Fields>() : await hugeOf(file, hugeTree);
    if (freeSpace !== undefined) await claimFreeSpace(file, freeSpace);
    const lengthBytes = widthOf(Math.min(mostDirect, mostManaged));
    return new FractalHeap(blocks, huge, offsetBytes, lengthBytes);
  }

  /** The object that an identifier of this heap names. */
  object(id: Fields): Fields {
    const first = id.u8();
    const kind = (first >> 4) & 3;
    if (first >> 6 !== 0) throw unread('version', 'has a heap identifier of another version');
    if (kind === 2) return id.part((first & 0x0f) + 1);
    if (kind === 1) {
      const found = this.#huge.get(id.number(Math.min(8, id.left)));
      if (found === undefined) throw id.broken('heap', 'a heap lacks an object that is named');
      return found.again();
    }
    const offset = id.number(this.#offsetBytes);
    const length = id.number(this.#lengthBytes);
    const block = this.#blockOf(offset);
    if (block === undefined) throw id.broken('heap', 'a heap lacks a block that is named');
    const fields = block.fields.again();
    fields.skip(offset - block.offset);
    return fields.part(length);
  }

  /** Blocks are in the order of their offsets. */
  #blockOf(offset: number): Block | undefined {
    let [low, high] = [0, this.#blocks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#blocks[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const block = this.#blocks[low - 1];
    return block !== undefined && offset < block.offset + block.fields.bytes.length
      ? block
      : undefined;
  }
}

const isPower = (value: number): boolean =>
  Number.isSafeInteger(value) && value > 0 && Number.isInteger(Math.log2(value));

async function directBlock(
  file: Hdf5File,
  at: number,
  size: number,
  { offsetBytes, summed }: Table,
): Promise<Block> {
  const fields = await file.signed("a heap's block", 'FHDB', at, size);
  fields.address();
  const offset = fields.number(offsetBytes);
  if (summed) compareSum(fields);
  return { offset, fields };
}

/** A direct block's sum lies within it and is taken over it with zeros there. */
function compareSum(fields: Fields): void {
  const sum = fields.take(4);
  const zeroed = fields.bytes.slice();
  zeroed.fill(0, fields.at - 4, fields.at);
  const whole = new Uint8Array(zeroed.length + 4);
  whole.set(zeroed);
  whole.set(sum, zeroed.length);
  checkedSum(new Fields(whole, fields.start, fields.widths), "a heap's block");
}

async function addBlocks(
  file: Hdf5File,
  at: number,
  rows: number,
  table: Table,
  blocks: Block[],
  level: number,
): Promise<void> {
  const { width, first, mostDirect, offsetBytes } = table;
  const directRows = Math.min(rows, Math.log2(mostDirect / first) + 2);
  const length = 9 + file.widths.address * (1 + rows * width) + offsetBytes;
  if (level > MOST_LEVELS) throw broken('heap', 'a fractal heap goes too deep', at);
  const fields = await file.summed("a heap's block", 'FHIB', at, length);
  fields.skip(file.widths.address + offsetBytes);
  for (let row = 0; row < rows; row += 1) {
    const size = row === 0 ? first : first * 2 ** (row - 1);
    const rowsBelow = Math.log2(size) - Math.log2(first * width) + 1;
    for (let column = 0; column < width; column += 1) {
      const child = fields.address();
      if (child === undefined) continue;
      if (row < directRows) blocks.push(await directBlock(file, child, size, table));
      else await addBlocks(file, child, rowsBelow, table, blocks, level + 1);
    }
  }
}

/** Objects too large for a block, by number. */
async function hugeOf(file: Hdf5File, at: number): Promise<Map<number, Fields>> {
  const objects = new Map<number, Fields>();
  for (const record of await recordsOf(file, at, [1])) {
    const where = record.address();
    const length = record.length();
    const number = record.length();
    if (where === undefined) throw record.broken('heap', 'a heap lacks an object');
    objects.set(number, await file.block("a heap's object", where, length));
  }
  return objects;
}

/** What a heap keeps free: nothing to judge, only to account for. */
async function claimFreeSpace(file: Hdf5File, at: number): Promise<void> {
  const { address, length } = file.widths;
  const header = await file.summed('free space', 'FSHD', at, 18 + 7 * length + address);
  header.skip(1 + 4 * length + 8 + length);
  const list = header.address();
  header.length();
  const allocated = header.length();
  if (list === undefined) return;
  const sections = await file.block('free space', list, allocated);
  begin(sections, 'free space', 'FSSE');
}
