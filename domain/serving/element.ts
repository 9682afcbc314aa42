import type { TensorData } from '#domain/gates/feed.ts';
import { toHalf } from '#domain/gates/half.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';
import { isFiniteHalf } from './tensor.ts';

type Stored = number | bigint | string;

/** How JSON values become the elements of one datatype. */
export interface Element {
  /** What a value must be, for error messages. */
  readonly expected: string;
  readonly allocate: (length: number) => TensorData;
  /** The value as it is stored, or undefined when it is none of this datatype. */
  readonly read: (value: unknown) => Stored | undefined;
}

function integer(min: number, max: number, allocate: (length: number) => TensorData): Element {
  return {
    expected: `an integer from ${min} to ${max}`,
    allocate,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
        ? value
        : undefined,
  };
}

/**
 * A JSON number beyond 2^53 has already been rounded when it gets here, so it is refused; text
 * carries all 64 bits.
 */
function wideInteger(min: bigint, max: bigint, allocate: (length: number) => TensorData): Element {
  return {
    expected: `an integer from ${min} to ${max}, as a string of digits beyond 2^53`,
    allocate,
    read: (value) => {
      const exact =
        typeof value === 'string' ? /^-?\d{1,20}$/.test(value) : Number.isSafeInteger(value);
      if (!exact) return undefined;
      const wide = BigInt(value as string | number);
      return wide >= min && wide <= max ? wide : undefined;
    },
  };
}

function float(
  expected: string,
  allocate: (length: number) => TensorData,
  inRange: (value: number) => boolean,
  store: (value: number) => number = (value) => value,
): Element {
  return {
    expected,
    allocate,
    read: (value) =>
      typeof value === 'number' && Number.isFinite(value) && inRange(value)
        ? store(value)
        : undefined,
  };
}

/**
 * ONNX Runtime's Node binding cuts a string at a NUL without a word, and UTF-8 has no half pairs.
 */
const isCarried = (text: string): boolean => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

const ELEMENTS: Readonly<Record<Exclude<Datatype, 'BF16'>, Element>> = {
  BOOL: {
    expected: 'true or false',
    allocate: (n) => new Uint8Array(n),
    read: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
  },
  UINT8: integer(0, 255, (n) => new Uint8Array(n)),
  UINT16: integer(0, 65_535, (n) => new Uint16Array(n)),
  UINT32: integer(0, 4_294_967_295, (n) => new Uint32Array(n)),
  UINT64: wideInteger(0n, 2n ** 64n - 1n, (n) => new BigUint64Array(n)),
  INT8: integer(-128, 127, (n) => new Int8Array(n)),
  INT16: integer(-32_768, 32_767, (n) => new Int16Array(n)),
  INT32: integer(-2_147_483_648, 2_147_483_647, (n) => new Int32Array(n)),
  INT64: wideInteger(-(2n ** 63n), 2n ** 63n - 1n, (n) => new BigInt64Array(n)),
  FP16: float(
    'a finite number within ±65504',
    (n) => new Uint16Array(n),
    (value) => isFiniteHalf(toHalf(value)),
    toHalf,
  ),
  FP32: float(
    'a finite number within ±3.4028235e38',
    (n) => new Float32Array(n),
    (value) => Number.isFinite(Math.fround(value)),
  ),
  FP64: float(
    'a finite number',
    (n) => new Float64Array(n),
    () => true,
  ),
  BYTES: {
    expected: 'a string without NUL or half a surrogate pair',
    allocate: (n) => new Array<string>(n).fill(''),
    read: (value) => (typeof value === 'string' && isCarried(value) ? value : undefined),
  },
};

/** Undefined for BF16, which ONNX Runtime's JavaScript API cannot carry. */
export const elementOf = (datatype: Datatype): Element | undefined =>
  datatype === 'BF16' ? undefined : ELEMENTS[datatype];
