import type { Datatype } from '#domain/registry/io-schema.ts';
import { toHalf } from './half.ts';

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | string[];

/**
 * Values of one input for many rows, row by row. BOOL is 0 or 1 in a Uint8Array, FP16 its bits in
 * a Uint16Array, BYTES an array of strings.
 */
export interface Feed {
  readonly name: string;
  readonly datatype: Datatype;
  /** Dimensions of one row: the shape without the batch. */
  readonly rowShape: readonly number[];
  /** Values a row: the product of `rowShape`. */
  readonly width: number;
  readonly data: TensorData;
}

/** A tensor to be filled from text; `set` is false for a text that is no such value. */
export interface TextColumn {
  readonly data: TensorData;
  readonly expected: string;
  readonly set: (index: number, text: string) => boolean;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WHOLE = /^([+-]?\d+)(\.0*)?$/;
const BOOLEANS = new Map([
  ['true', 1],
  ['1', 1],
  ['false', 0],
  ['0', 0],
]);

/** A decimal number; `nan` in any case is NaN, for models that take missing values. */
export function parseDecimal(text: string): number | undefined {
  if (/^nan$/i.test(text)) return Number.NaN;
  return DECIMAL.test(text) ? Number(text) : undefined;
}

/** Undefined for BF16, which ONNX Runtime's Node binding cannot take. */
export function textColumn(datatype: Datatype, length: number): TextColumn | undefined {
  switch (datatype) {
    case 'FP16':
      return halves(new Uint16Array(length));
    case 'FP32':
      return floats(datatype, new Float32Array(length));
    case 'FP64':
      return floats(datatype, new Float64Array(length));
    case 'INT8':
      return integers(datatype, new Int8Array(length));
    case 'INT16':
      return integers(datatype, new Int16Array(length));
    case 'INT32':
      return integers(datatype, new Int32Array(length));
    case 'UINT8':
      return integers(datatype, new Uint8Array(length));
    case 'UINT16':
      return integers(datatype, new Uint16Array(length));
    case 'UINT32':
      return integers(datatype, new Uint32Array(length));
    case 'INT64':
      return bigints(datatype, new BigInt64Array(length));
    case 'UINT64':
      return bigints(datatype, new BigUint64Array(length));
    case 'BOOL':
      return booleans(new Uint8Array(length));
    case 'BYTES':
      return texts(new Array<string>(length).fill(''));
    case 'BF16':
      return undefined;
  }
}

const floats = (datatype: Datatype, data: Float32Array | Float64Array): TextColumn => ({
  data,
  expected: `a decimal number within ${datatype}, or NaN where the model takes missing values`,
  set: (index, text) => {
    const value = parseDecimal(text);
    if (value === undefined) return false;
    data[index] = value;
    return Math.abs(data[index] as number) !== Number.POSITIVE_INFINITY;
  },
});

const halves = (data: Uint16Array): TextColumn => ({
  data,
  expected: 'a decimal number within FP16 (±65504), or NaN where the model takes missing values',
  set: (index, text) => {
    const value = parseDecimal(text);
    if (value === undefined) return false;
    data[index] = toHalf(value);
    return Number.isNaN(value) || ((data[index] as number) & 0x7c00) !== 0x7c00;
  },
});

/** A value out of range wraps around in its array, and is then no longer itself. */
const integers = (
  datatype: Datatype,
  data: Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array,
): TextColumn => ({
  data,
  expected: `a whole number within ${datatype}`,
  set: (index, text) => {
    const value = Number(WHOLE.exec(text)?.[1]);
    data[index] = value;
    return data[index] === value;
  },
});

const bigints = (datatype: Datatype, data: BigInt64Array | BigUint64Array): TextColumn => ({
  data,
  expected: `a whole number within ${datatype}`,
  set: (index, text) => {
    const digits = WHOLE.exec(text)?.[1];
    if (digits === undefined) return false;
    const value = BigInt(digits.replace('+', ''));
    data[index] = value;
    return data[index] === value;
  },
});

const booleans = (data: Uint8Array): TextColumn => ({
  data,
  expected: 'true, false, 1 or 0',
  set: (index, text) => {
    const value = BOOLEANS.get(text.toLowerCase());
    data[index] = value ?? 0;
    return value !== undefined;
  },
});

const texts = (data: string[]): TextColumn => ({
  data,
  expected: 'a text',
  set: (index, text) => {
    data[index] = text;
    return true;
  },
});
