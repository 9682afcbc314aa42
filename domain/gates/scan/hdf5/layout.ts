import { unread } from './broken.ts';
import type { Fields } from './fields.ts';

/** Where the index of chunks lies, and in which form. */
type ChunkIndex =
  | { readonly kind: 'tree1' | 'implicit' | 'fixed' | 'extensible' | 'tree2' }
  | { readonly kind: 'single'; readonly bytes: number | undefined; readonly mask: number };

/** How a dataset's raw data are stored; an address is undefined when none were written. */
export type Layout =
  | { readonly kind: 'compact'; readonly data: Fields }
  | {
      readonly kind: 'contiguous';
      readonly at: number | undefined;
      readonly bytes: number | undefined;
    }
  | {
      readonly kind: 'chunked';
      readonly at: number | undefined;
      readonly index: ChunkIndex;
      /** Elements of a chunk in each dimension. */
      readonly chunk: readonly number[];
      readonly elementBytes: number;
    }
  | { readonly kind: 'virtual' };

const KINDS = ['compact', 'contiguous', 'chunked', 'virtual'] as const;
const INDEXES = ['tree1', 'single', 'implicit', 'fixed', 'extensible', 'tree2'] as const;

/** Reads a layout message, versions 1 to 5. */
export function readLayout(fields: Fields): Layout {
  const version = fields.u8();
  if (version === 1 || version === 2) return oldLayout(fields);
  if (version < 3 || version > 5) {
    throw unread('version', `has a layout of version ${version}`, fields.start);
  }
  const kind = KINDS[fields.u8()];
  switch (kind) {
    case 'compact':
      return { kind, data: fields.part(fields.u16()) };
    case 'contiguous':
      return { kind, at: fields.address(), bytes: fields.length() };
    case 'chunked':
      return version === 3 ? chunkedBy(fields) : chunkedIn(fields);
    case 'virtual':
      return { kind };
    default:
      throw unread('layout', 'has data of an unknown layout', fields.start);
  }
}

function oldLayout(fields: Fields): Layout {
  const rank = fields.u8();
  const kind = KINDS[fields.u8()];
  fields.skip(5);
  if (kind === 'virtual' || kind === undefined) {
    throw unread('layout', 'has data of an unknown layout', fields.start);
  }
  const at = kind === 'compact' ? undefined : fields.address();
  const dimensions = Array.from({ length: rank }, () => fields.u32());
  if (kind === 'chunked') return chunkedAt(fields, at, dimensions);
  if (kind === 'compact') return { kind, data: fields.part(fields.u32()) };
  return { kind, at, bytes: undefined };
}

function chunkedBy(fields: Fields): Layout {
  const rank = fields.u8();
  const at = fields.address();
  return chunkedAt(
    fields,
    at,
    Array.from({ length: rank }, () => fields.u32()),
  );
}

/** The last dimension of old layouts is the size of an element. */
function chunkedAt(fields: Fields, at: number | undefined, dimensions: readonly number[]): Layout {
  return chunked(fields, at, { kind: 'tree1' }, dimensions);
}

function chunkedIn(fields: Fields): Layout {
  const flags = fields.u8();
  const rank = fields.u8();
  const width = fields.u8();
  if (width === 0 || width > 8)
    throw fields.broken('layout', `chunks have sides of ${width} bytes`);
  if ((flags & 1) !== 0) {
    throw unread('layout', 'has chunks whose filters stop at the edges', fields.start);
  }
  const dimensions = Array.from({ length: rank }, () => fields.number(width));
  const kind = INDEXES[fields.u8()];
  switch (kind) {
    case 'single': {
      const isFiltered = (flags & 2) !== 0;
      const bytes = isFiltered ? fields.length() : undefined;
      const mask = isFiltered ? fields.u32() : 0;
      return chunked(fields, fields.address(), { kind, bytes, mask }, dimensions);
    }
    case 'fixed':
      fields.skip(1);
      break;
    case 'extensible':
      fields.skip(5);
      break;
    case 'tree2':
      fields.skip(6);
      break;
    case 'implicit':
      break;
    default:
      throw unread('layout', 'has chunks of an unknown index', fields.start);
  }
  return chunked(fields, fields.address(), { kind }, dimensions);
}

function chunked(
  fields: Fields,
  at: number | undefined,
  index: ChunkIndex,
  dimensions: readonly number[],
): Layout {
  const elementBytes = dimensions.at(-1);
  if (elementBytes === undefined || dimensions.includes(0) || dimensions.length > 33) {
    throw fields.broken('layout', `chunks have the sides [${dimensions.join(', ')}]`);
  }
  return { kind: 'chunked', at, index, chunk: dimensions.slice(0, -1), elementBytes };
}
