import { isEntity, type Value } from './value.ts';

/** What one item of an array takes. */
export interface ItemLayout {
  readonly bytes: number;
  /** Items are Python objects, written as a pickle. */
  readonly objects: boolean;
}

/** Bytes per unit of the number in a type code such as `<U10`. */
const UNIT: Readonly<Record<string, number>> = {
  b: 1,
  i: 1,
  u: 1,
  f: 1,
  c: 1,
  S: 1,
  a: 1,
  V: 1,
  U: 4,
};

/** A type code as NumPy writes it into files: `<f8`, `|b1`, `<U10`, `<M8[ns]`, `|O`. */
export function layoutOfCode(code: string): ItemLayout | undefined {
  const [, letter = '', digits = ''] =
    /^[<>|=]?([A-Za-z?])(\d*)(?:\[\d*[A-Za-z]+\])?$/.exec(code) ?? [];
  if (letter === 'O') return { bytes: 8, objects: true };
  if (letter === '?') return { bytes: 1, objects: false };
  if (letter === 'M' || letter === 'm') return { bytes: 8, objects: false };
  const unit = Object.hasOwn(UNIT, letter) ? UNIT[letter] : undefined;
  if (unit === undefined || digits === '') return undefined;
  return { bytes: unit * Number(digits), objects: false };
}

/** `NPY_ITEM_HASOBJECT`. */
const HAS_OBJECT = 1;

/** Of a `numpy.dtype` that a pickle makes; none when it is not written as NumPy does. */
export function layoutOfDtype(dtype: Value | undefined, depth = 8): ItemLayout | undefined {
  if (
    depth === 0 ||
    !isEntity(dtype) ||
    dtype.kind !== 'instance' ||
    dtype.type !== 'numpy dtype'
  ) {
    return undefined;
  }
  const [code] = dtype.args;
  const plain = typeof code === 'string' ? layoutOfCode(code) : undefined;
  if (plain === undefined || dtype.state === undefined) return plain;
  const { state } = dtype;
  if (!isEntity(state) || state.kind !== 'tuple') return undefined;
  const [, , subarray = null, , fields = null, itemBytes, , flags] = state.items;
  const bytes = typeof itemBytes === 'number' && itemBytes >= 0 ? itemBytes : plain.bytes;
  const flagged = typeof flags === 'number' && (flags & HAS_OBJECT) !== 0;
  const inside = innerDtypes(subarray, fields)?.map((inner) => layoutOfDtype(inner, depth - 1));
  if (inside === undefined || inside.includes(undefined)) return undefined;
  const objects = plain.objects || inside.some((inner) => inner?.objects);
  return flagged === objects ? { bytes, objects } : undefined;
}

/** The types of a structure's fields, or of a subarray's items. */
function innerDtypes(subarray: Value, fields: Value): Value[] | undefined {
  const found: Value[] = [];
  if (subarray !== null) {
    if (!isEntity(subarray) || subarray.kind !== 'tuple') return undefined;
    found.push(subarray.items[0] ?? null);
  }
  if (fields === null) return found;
  if (!isEntity(fields) || fields.kind !== 'dict' || fields.count > fields.entries.length) {
    return undefined;
  }
  for (const [, field] of fields.entries) {
    if (!isEntity(field) || field.kind !== 'tuple') return undefined;
    found.push(field.items[0] ?? null);
  }
  return found;
}

/** Items of a shape; none when a dimension is no whole number. */
export function itemsOf(shape: Value | undefined): number | undefined {
  if (!isEntity(shape) || shape.kind !== 'tuple' || shape.count > shape.items.length)
    return undefined;
  let items = 1;
  for (const size of shape.items) {
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) return undefined;
    items *= size;
  }
  return Number.isSafeInteger(items) ? items : undefined;
}
