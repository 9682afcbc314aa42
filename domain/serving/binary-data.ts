import type { TensorData } from '#domain/gates/feed.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';
import { fromUtf8, toUtf8 } from '#domain/signing/encoding.ts';
import { type Element, elementOf } from './element.ts';
import { elementCount, type Tensor } from './tensor.ts';
import { type DataResult, refusedData, uncarried } from './tensor-data.ts';

/** Bytes of the length before each element of BYTES. */
const LENGTH_BYTES = 4;

const WIDTHS: Readonly<Record<Exclude<Datatype, 'BYTES'>, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
};

/**
 * Reads a tensor of the binary tensor data extension: elements in row-major order, little-endian
 * as the host's are, no padding. NaN passes, for models that take missing values; JSON has none.
 */
export function readBinary(
  field: string,
  datatype: Datatype,
  shape: readonly number[],
  bytes: Uint8Array,
): DataResult {
  const element = elementOf(datatype);
  if (!element) return uncarried(field, datatype);
  if (datatype === 'BYTES') return readTexts(field, shape, bytes, element);
  const count = elementCount(shape);
  const expected = count * WIDTHS[datatype];
  if (bytes.length !== expected) {
    return refusedData(
      field,
      `${bytes.length} bytes`,
      `${expected} bytes, from shape [${shape}] of ${datatype}`,
      'send the elements in row-major order, little-endian and without padding',
    );
  }
  const data = element.allocate(count) as Exclude<TensorData, string[]>;
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(bytes);
  const at = firstFlaw(datatype, data);
  if (at === undefined) return { ok: true, data };
  const bit = datatype === 'BOOL';
  return refusedData(
    `${field}[${at}]`,
    bit ? `byte ${data[at]}` : 'an infinity',
    bit ? 'a byte of 0 or 1 (BOOL)' : `a finite number or NaN (${datatype})`,
    `correct element ${at} in row-major order`,
  );
}

function firstFlaw(datatype: Datatype, data: Exclude<TensorData, string[]>): number | undefined {
  const isFlaw = FLAWS[datatype];
  if (!isFlaw) return undefined;
  for (let i = 0; i < data.length; i++) if (isFlaw(Number(data[i]))) return i;
  return undefined;
}

const isInfinite = (value: number): boolean => Math.abs(value) === Number.POSITIVE_INFINITY;

/** What bytes can say and no value of the datatype may be. */
const FLAWS: Readonly<Partial<Record<Datatype, (value: number) => boolean>>> = {
  BOOL: (byte) => byte > 1,
  FP16: (bits) => (bits & 0x7fff) === 0x7c00,
  FP32: isInfinite,
  FP64: isInfinite,
};

/** Each element comes after its length. ONNX Runtime's strings are text, so bytes must be it too. */
function readTexts(
  field: string,
  shape: readonly number[],
  bytes: Uint8Array,
  { read }: Element,
): DataResult {
  const count = elementCount(shape);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const remedy = 'send each element after its length, a 32-bit little-endian integer';
  const texts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (texts.length === count) {
      const got = `${bytes.length - at} bytes after the last element`;
      return refusedData(field, got, `${count} elements, from shape [${shape}]`, remedy);
    }
    const left = bytes.length - at - LENGTH_BYTES;
    const length = left < 0 ? undefined : view.getUint32(at, true);
    if (length === undefined || length > left) {
      const got = length === undefined ? 'a length that is cut off' : `a length of ${length}`;
      const expected = `at most ${Math.max(0, left)}, the bytes that are left`;
      return refusedData(`${field}[${texts.length}]`, got, expected, remedy);
    }
    const start = at + LENGTH_BYTES;
    const text = fromUtf8(bytes.subarray(start, start + length));
    if (text === undefined || read(text) === undefined) {
      return refusedData(
        `${field}[${texts.length}]`,
        text === undefined ? 'bytes that are not UTF-8' : 'a text with a NUL',
        'text in UTF-8 without NUL (BYTES)',
        'encode bytes as text as the model expects it, Base64 for instance',
      );
    }
    texts.push(text);
    at = start + length;
  }
  if (texts.length === count) return { ok: true, data: texts };
  const got = `${texts.length} elements`;
  return refusedData(field, got, `${count} elements, from shape [${shape}]`, remedy);
}

/** A tensor's elements as `readBinary` reads them; a view of its memory where that is possible. */
export function binaryOf({ data }: Pick<Tensor, 'data'>): Uint8Array {
  if (!Array.isArray(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const elements = data.map(toUtf8);
  const total = elements.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const element of elements) {
    view.setUint32(at, element.length, true);
    bytes.set(element, at + LENGTH_BYTES);
    at += LENGTH_BYTES + element.length;
  }
  return bytes;
}
