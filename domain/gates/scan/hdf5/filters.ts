import { unread } from './broken.ts';
import type { Fields } from './fields.ts';

/** One step of a filter pipeline, in the order of writing. */
export interface Filter {
  readonly id: number;
  readonly name: string;
}

export const DEFLATE = 1;
export const SHUFFLE = 2;
export const FLETCHER32 = 3;
/** Of the library itself: the two above, szip, nbit and scale-offset. */
export const BUILT_IN: readonly number[] = [DEFLATE, SHUFFLE, FLETCHER32, 4, 5, 6];
/** Filters below are the library's own and have no name in the file. */
const FIRST_OF_OTHERS = 256;

/** Reads a filter pipeline message, versions 1 and 2. */
export function readFilters(fields: Fields): Filter[] {
  const version = fields.u8();
  if (version !== 1 && version !== 2) {
    throw unread('version', `has a filter pipeline of version ${version}`, fields.start);
  }
  const count = fields.u8();
  if (version === 1) fields.skip(6);
  return Array.from({ length: count }, () => {
    const id = fields.u16();
    const nameBytes = version === 1 || id >= FIRST_OF_OTHERS ? fields.u16() : 0;
    fields.skip(2);
    const values = fields.u16();
    const padded = version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes;
    const name = padded === 0 ? '' : fields.part(padded).terminated();
    fields.skip(4 * (version === 1 ? values + (values % 2) : values));
    return { id, name };
  });
}
