import { addEntry, entryForm } from './chunk-entry.ts';
import type { Chunk } from './chunks.ts';
import { checkedSum, type Hdf5File } from './file.ts';

/** Chunks of a dataset whose size is fixed. */
export async function readFixed(file: Hdf5File, at: number, chunkBytes: number): Promise<Chunk[]> {
  const { address, length } = file.widths;
  const header = await file.summed('an array of chunks', 'FAHD', at, 12 + length + address);
  const form = entryForm(header, chunkBytes);
  const pageBits = header.u8();
  const count = header.length();
  const data = header.address();
  const chunks: Chunk[] = [];
  if (data === undefined) return chunks;
  const perPage = 2 ** pageBits;
  const isPaged = count > perPage;
  const pages = isPaged ? Math.ceil(count / perPage) : 0;
  const prefix = 6 + address + Math.ceil(pages / 8);
  const inBlock = isPaged ? 0 : count * form.size;
  const fields = await file.summed('an array of chunks', 'FADB', data, prefix + inBlock + 4);
  fields.skip(1 + address);
  const written = fields.take(Math.ceil(pages / 8));
  if (!isPaged) {
    for (let left = count; left > 0; left -= 1) addEntry(fields, form, chunks);
    return chunks;
  }
  let next = data + prefix + 4;
  for (let page = 0; page < pages; page += 1) {
    const entries = Math.min(perPage, count - page * perPage);
    const bytes = entries * form.size + 4;
    // A page that was never written has room, and no checksum yet.
    const isWritten = ((written[page >> 3] ?? 0) & (0x80 >> (page & 7))) !== 0;
    if (isWritten) {
      const block = await file.block('a page of chunks', next, bytes);
      const inner = checkedSum(block, 'a page of chunks');
      for (let left = entries; left > 0; left -= 1) addEntry(inner, form, chunks);
    } else {
      file.space.claim('a page of chunks', next, bytes);
    }
    next += bytes;
  }
  return chunks;
}
