import { unread } from './broken.ts';
import type { Fields } from './fields.ts';

/** Names of the classes as h5py has them. */
const CLASSES = [
  'integer',
  'float',
  'time',
  'string',
  'bitfield',
  'opaque',
  'compound',
  'reference',
  'enum',
  'vlen',
  'array',
  'complex',
] as const;
type TypeClass = (typeof CLASSES)[number];

export interface Datatype {
  readonly class: TypeClass;
  /** Bytes of one element. */
  readonly size: number;
  /** A sequence of variable length that is a text. */
  readonly isText: boolean;
  /** Of an array, a sequence or an enumeration. */
  readonly base?: Datatype;
  /** Elements of an array. */
  readonly count?: number;
  readonly members?: readonly { readonly offset: number; readonly type: Datatype }[];
}

const MOST_LEVELS = 32;

/** Reads a datatype message, versions 1 to 5. */
export function readDatatype(fields: Fields, level = 0): Datatype {
  const at = fields.start + fields.at;
  const first = fields.u8();
  const version = first >> 4;
  const name = CLASSES[first & 0x0f];
  if (version < 1 || version > 5 || name === undefined || level > MOST_LEVELS) {
    throw unread('datatype', `has a datatype of class ${first & 0x0f}, version ${version}`, at);
  }
  return ofClass(fields, name, version, level);
}

function ofClass(fields: Fields, name: TypeClass, version: number, level: number): Datatype {
  const bits = fields.number(3);
  const size = fields.u32();
  const plain: Datatype = { class: name, size, isText: name === 'string' };
  if (size === 0) throw fields.broken('datatype', 'a datatype has no bytes');
  switch (name) {
    case 'integer':
    case 'bitfield':
      fields.skip(4);
      return plain;
    case 'float':
      fields.skip(12);
      return plain;
    case 'time':
      fields.skip(2);
      return plain;
    case 'opaque':
      fields.skip(bits & 0xff);
      return plain;
    case 'string':
    case 'reference':
      return plain;
    case 'compound':
      return { ...plain, members: membersOf(fields, bits & 0xffff, { version, size, level }) };
    case 'enum': {
      const base = readDatatype(fields, level + 1);
      for (let left = bits & 0xffff; left > 0; left -= 1) nameIn(fields, version);
      fields.skip((bits & 0xffff) * base.size);
      return { ...plain, base };
    }
    case 'vlen':
      if (size !== 8 + fields.widths.address) {
        throw fields.broken('datatype', `values of variable length take ${size} bytes each`);
      }
      return { ...plain, isText: (bits & 0x0f) === 1, base: readDatatype(fields, level + 1) };
    case 'array': {
      const count = countOf(fields, version);
      const base = readDatatype(fields, level + 1);
      if (count * base.size !== size) {
        throw fields.broken('datatype', `an array of ${count} elements has ${size} bytes`);
      }
      return { ...plain, base, count };
    }
    case 'complex':
      return { ...plain, base: readDatatype(fields, level + 1) };
  }
}

function membersOf(
  fields: Fields,
  count: number,
  { version, size, level }: { version: number; size: number; level: number },
): { offset: number; type: Datatype }[] {
  let taken = 0;
  const offsetBytes = version < 3 ? 4 : widthOf(size);
  return Array.from({ length: count }, () => {
    nameIn(fields, version);
    const offset = fields.number(offsetBytes);
    const dimensions = version === 1 ? fields.u8() : 0;
    const shape = version === 1 ? fields.part(11 + 16) : undefined;
    const element = readDatatype(fields, level + 1);
    shape?.skip(11);
    let times = 1;
    for (let left = dimensions; left > 0; left -= 1) times *= shape?.u32() ?? 1;
    const whole = element.size * times;
    taken += whole;
    if (!(offset + whole <= size && taken <= size)) {
      throw fields.broken('datatype', `members of ${taken} bytes lie outside their compound`);
    }
    const type: Datatype =
      dimensions === 0
        ? element
        : { class: 'array', size: whole, isText: false, base: element, count: times };
    return { offset, type };
  });
}

function countOf(fields: Fields, version: number): number {
  const rank = fields.u8();
  if (version < 3) fields.skip(3);
  let count = 1;
  for (let left = rank; left > 0; left -= 1) count *= fields.u32();
  if (version < 3) fields.skip(4 * rank);
  return count;
}

/** Before version 3 a name takes a multiple of eight bytes. */
function nameIn(fields: Fields, version: number): void {
  const start = fields.at;
  fields.terminated();
  if (version < 3) fields.skip((8 - ((fields.at - start) % 8)) % 8);
}

/** Bytes that numbers up to `most` take. */
export function widthOf(most: number): number {
  let width = 1;
  for (let rest = Math.floor(most / 256); rest > 0; rest = Math.floor(rest / 256)) width += 1;
  return width;
}
