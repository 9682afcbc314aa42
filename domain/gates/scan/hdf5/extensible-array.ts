import { broken } from './broken.ts';
import { addEntry, type EntryForm, entryForm } from './chunk-entry.ts';
import type { Chunk } from './chunks.ts';
import type { Fields } from './fields.ts';
import { checkedSum, type Hdf5File } from './file.ts';

/** Sizes that the header of the array sets. */
interface Growth {
  readonly form: EntryForm;
  /** Bytes of an offset within the array. */
  readonly offsetBytes: number;
  /** Elements of the smallest data block. */
  readonly least: number;
  /** Elements of a page of a data block. */
  readonly perPage: number;
}

/** Data blocks of one size, as the super block of that number counts them. */
const blocksIn = (superBlock: number): number => 2 ** Math.floor(superBlock / 2);
const elementsIn = (superBlock: number, { least }: Growth): number =>
  2 ** Math.ceil(superBlock / 2) * least;

/** Chunks of a dataset that can grow in one dimension. */
export async function readExtensible(
  file: Hdf5File,
  at: number,
  chunkBytes: number,
): Promise<Chunk[]> {
  const { address, length } = file.widths;
  const header = await file.summed('an array of chunks', 'EAHD', at, 16 + 6 * length + address);
  const form = entryForm(header, chunkBytes);
  const bits = header.u8();
  const inIndex = header.u8();
  const least = header.u8();
  const pointers = header.u8();
  const pageBits = header.u8();
  header.skip(6 * length);
  const index = header.address();
  const arePowers = [least, pointers].every((value) => value > 0 && (value & (value - 1)) === 0);
  if (!arePowers || pointers < 2 || bits < Math.log2(least) || bits > 64) {
    throw broken('chunk', 'an array of chunks has blocks of impossible sizes', at);
  }
  const chunks: Chunk[] = [];
  if (index === undefined) return chunks;
  const growth = { form, offsetBytes: Math.ceil(bits / 8), least, perPage: 2 ** pageBits };
  const supers = 1 + bits - Math.log2(least);
  const firstSuper = 2 * Math.log2(pointers);
  const direct = 2 * (pointers - 1);
  const indexBytes =
    10 + address + inIndex * form.size + (direct + Math.max(0, supers - firstSuper)) * address;
  const fields = await file.summed('an array of chunks', 'EAIB', index, indexBytes);
  fields.skip(1 + address);
  for (let left = inIndex; left > 0; left -= 1) addEntry(fields, form, chunks);
  let within = 0;
  for (let number = 0; within < direct; number += 1) {
    for (let left = blocksIn(number); left > 0 && within < direct; left -= 1, within += 1) {
      const block = fields.address();
      const count = elementsIn(number, growth);
      if (block !== undefined) await addDataBlock(file, block, count, growth, chunks);
    }
  }
  for (let number = firstSuper; number < supers; number += 1) {
    const block = fields.address();
    if (block !== undefined) await addSuperBlock(file, block, number, growth, chunks);
  }
  return chunks;
}

async function addSuperBlock(
  file: Hdf5File,
  at: number,
  number: number,
  growth: Growth,
  chunks: Chunk[],
): Promise<void> {
  const { address } = file.widths;
  const blocks = blocksIn(number);
  const count = elementsIn(number, growth);
  const pages = count > growth.perPage ? count / growth.perPage : 0;
  const maskBytes = Math.ceil(pages / 8);
  const length = 10 + address + growth.offsetBytes + blocks * (maskBytes + address);
  const fields = await file.summed('an array of chunks', 'EASB', at, length);
  fields.skip(1 + address + growth.offsetBytes);
  const written = fields.take(blocks * maskBytes);
  for (let index = 0; index < blocks; index += 1) {
    const block = fields.address();
    // The bits of all blocks follow each other, whatever room they were given.
    const isWritten = (page: number): boolean => {
      const bit = index * pages + page;
      return ((written[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
    };
    if (block !== undefined) await addDataBlock(file, block, count, growth, chunks, isWritten);
  }
}

async function addDataBlock(
  file: Hdf5File,
  at: number,
  count: number,
  { form, offsetBytes, perPage }: Growth,
  chunks: Chunk[],
  isWritten: (page: number) => boolean = () => false,
): Promise<void> {
  const prefix = 6 + file.widths.address + offsetBytes;
  const isPaged = count > perPage;
  const inBlock = isPaged ? 0 : count * form.size;
  const fields = await file.summed('an array of chunks', 'EADB', at, prefix + inBlock + 4);
  fields.skip(1 + file.widths.address + offsetBytes);
  if (!isPaged) return addEntries(fields, count, form, chunks);
  const bytes = perPage * form.size + 4;
  for (let page = 0; page < count / perPage; page += 1) {
    const pageAt = at + prefix + 4 + page * bytes;
    if (!isWritten(page)) {
      file.space.claim('a page of chunks', pageAt, bytes);
    } else {
      const block = await file.block('a page of chunks', pageAt, bytes);
      addEntries(checkedSum(block, 'a page of chunks'), perPage, form, chunks);
    }
  }
}

function addEntries(fields: Fields, count: number, form: EntryForm, chunks: Chunk[]): void {
  for (let left = count; left > 0; left -= 1) addEntry(fields, form, chunks);
}
