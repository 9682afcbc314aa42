import { unread } from './broken.ts';
import type { Fields } from './fields.ts';

/** Dimensions of a dataset or an attribute; undefined for none at all, `[]` for a single value. */
export type Shape = readonly number[] | undefined;

const MOST_DIMENSIONS = 32;

/** Reads a dataspace message, versions 1 and 2. */
export function readShape(fields: Fields): Shape {
  const version = fields.u8();
  const rank = fields.u8();
  const flags = fields.u8();
  if ((version !== 1 && version !== 2) || rank > MOST_DIMENSIONS) {
    throw unread('dataspace', `has a dataspace of version ${version}, rank ${rank}`, fields.start);
  }
  const kind = version === 2 ? fields.u8() : 1;
  if (version === 1) fields.skip(5);
  if (kind === 2) return undefined;
  const shape = Array.from({ length: rank }, () => fields.length());
  if ((flags & 1) !== 0) fields.skip(rank * fields.widths.length);
  return shape;
}

/** Elements of a shape; above 2^53 not exact, and never below. */
export const elementsOf = (shape: Shape): number =>
  shape === undefined
    ? 0
    : shape.reduce((product, size) => (product === 0 || size === 0 ? 0 : product * size), 1);
