import { broken } from './broken.ts';
import type { Chunk } from './chunks.ts';
import type { Fields } from './fields.ts';

/** How the elements of an array of chunks are written: an address, and with filters a size and a mask. */
export interface EntryForm {
  /** Bytes of an element. */
  readonly size: number;
  readonly isFiltered: boolean;
  /** Of a chunk without filters. */
  readonly chunkBytes: number;
}

/** Steps over the client's number, which tells whether there are filters, and reads the size. */
export function entryForm(header: Fields, chunkBytes: number): EntryForm {
  const client = header.u8();
  const size = header.u8();
  const { address } = header.widths;
  const sizeBytes = size - address - 4;
  const isPlain = client === 0 && size === address;
  const isFiltered = client === 1 && sizeBytes >= 1 && sizeBytes <= 8;
  if (!isPlain && !isFiltered) {
    throw broken('chunk', `an array of chunks has elements of ${size} bytes`, header.start);
  }
  return { size, isFiltered, chunkBytes };
}

/** The next element, unless its chunk was never written. */
export function addEntry(fields: Fields, form: EntryForm, chunks: Chunk[]): void {
  const entry = fields.part(form.size);
  const at = entry.address();
  if (at === undefined) return;
  const bytes = form.isFiltered ? entry.number(entry.left - 4) : form.chunkBytes;
  chunks.push({ at, bytes, mask: form.isFiltered ? entry.u32() : 0 });
}
