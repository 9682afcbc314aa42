import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHalf } from '#domain/gates/half.ts';
import { DATATYPES, type Datatype } from '#domain/registry/io-schema.ts';
import { problemText } from '#domain/registry/problem.ts';
import { binaryOf, readBinary } from '#domain/serving/binary-data.ts';
import { tensorText } from '#domain/serving/infer-response.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { parseData } from '#domain/serving/tensor-data.ts';

interface Serialised {
  readonly datatype: Datatype;
  readonly shape: number[];
  readonly size: number;
  readonly base64: string;
  readonly data: unknown[];
}

const serialised: Serialised[] = JSON.parse(
  readFileSync(new URL('fixtures/binary/tensors.json', import.meta.url), 'utf8'),
);

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
const read = (datatype: Datatype, shape: number[], bytes: Uint8Array) => {
  const result = readBinary('v', datatype, shape, bytes);
  if (!result.ok) throw new Error(problemText(result.problem));
  return result.data;
};
const refusal = (datatype: Datatype, shape: number[], bytes: Uint8Array): string => {
  const result = readBinary('v', datatype, shape, bytes);
  if (result.ok) throw new Error('the tensor was accepted');
  return problemText(result.problem);
};

describe('the stock Triton client', () => {
  it.each(serialised.map((one, i) => [`${i}: ${one.datatype} [${one.shape}]`, one] as const))(
    'sends as binary what it means as JSON, %s',
    (_, { datatype, shape, size, base64, data }) => {
      const bytes = bytesOf(base64);
      expect(bytes).toHaveLength(size);
      const tensor = read(datatype, shape, bytes);
      expect({ ok: true, data: tensor }).toEqual(parseData('v', { datatype }, shape, data));
      expect(binaryOf({ data: tensor })).toEqual(bytes);
    },
  );
});

const finiteHalf = fc.integer({ min: 0, max: 0xffff }).filter((bits) => (bits & 0x7c00) !== 0x7c00);
const finite = fc.double({ noDefaultInfinity: true, noNaN: true });
const single = fc.float({ noDefaultInfinity: true, noNaN: true });
const text = fc.string({ unit: 'binary' }).filter((one) => !one.includes('\0'));
const wide = (min: bigint, max: bigint) => fc.bigInt({ min, max });

/** Elements as they are stored, of everything that a request may carry. */
const STORED: { [D in Exclude<Datatype, 'BF16'>]: fc.Arbitrary<Tensor['data']> } = {
  BOOL: fc.array(fc.integer({ min: 0, max: 1 })).map((v) => Uint8Array.from(v)),
  UINT8: fc.uint8Array(),
  UINT16: fc.uint16Array(),
  UINT32: fc.uint32Array(),
  UINT64: fc.array(wide(0n, 2n ** 64n - 1n)).map((v) => BigUint64Array.from(v)),
  INT8: fc.int8Array(),
  INT16: fc.int16Array(),
  INT32: fc.int32Array(),
  INT64: fc.array(wide(-(2n ** 63n), 2n ** 63n - 1n)).map((v) => BigInt64Array.from(v)),
  FP16: fc.array(finiteHalf).map((v) => Uint16Array.from(v)),
  FP32: fc.array(single).map((v) => Float32Array.from(v)),
  FP64: fc.array(finite).map((v) => Float64Array.from(v)),
  BYTES: fc.array(text),
};

/** 64-bit integers as JSON readers other than JavaScript's would take them. */
const jsonData = (tensor: Tensor): unknown => {
  const digits = tensor.datatype === 'INT64' || tensor.datatype === 'UINT64';
  const text = tensorText(tensor);
  return JSON.parse(digits ? text.replace(/(?<=[[,])(-?\d+)(?=[\],])/g, '"$1"') : text).data;
};

const CARRIED = DATATYPES.filter((datatype) => datatype !== 'BF16');

describe('binary data', () => {
  it.each(CARRIED)('is read back as it was, %s', (datatype) => {
    fc.assert(
      fc.property(STORED[datatype], fc.nat(7), (data, offset) => {
        const bytes = binaryOf({ data });
        // Bytes begin wherever the JSON before them ends.
        const shifted = new Uint8Array(bytes.length + offset).subarray(offset);
        shifted.set(bytes);
        expect(read(datatype, [data.length], shifted)).toEqual(data);
      }),
    );
  });

  it.each(CARRIED)('means the same as JSON, %s', (datatype) => {
    fc.assert(
      fc.property(STORED[datatype], (data) => {
        const shape = [data.length];
        const tensor: Tensor = { name: 'v', datatype, shape, data };
        const viaJson = parseData('v', { datatype }, shape, jsonData(tensor));
        const viaBinary = readBinary('v', datatype, shape, binaryOf({ data }));
        // JSON writes -0 as 0.
        const plain = (result: typeof viaJson) =>
          result.ok ? Array.from<unknown>(result.data).map(numeric(datatype)) : result;
        expect(plain(viaBinary)).toEqual(plain(viaJson));
      }),
    );
  });

  it('never throws, whatever bytes and shape come', () => {
    const shapes = fc.array(fc.nat(4), { maxLength: 4 });
    fc.assert(
      fc.property(
        fc.constantFrom(...DATATYPES),
        shapes,
        fc.uint8Array(),
        (datatype, shape, bytes) => {
          const result = readBinary('v', datatype, shape, bytes);
          if (result.ok) expect(binaryOf({ data: result.data })).toEqual(bytes);
        },
      ),
    );
  });

  it('carries NaN, which JSON cannot', () => {
    expect(read('FP32', [1], Uint8Array.of(0, 0, 0xc0, 0x7f))).toEqual(Float32Array.of(Number.NaN));
    expect(read('FP16', [1], Uint8Array.of(0, 0x7e))).toEqual(Uint16Array.of(0x7e00));
  });

  it.each<[string, Datatype, number[], number[], string]>([
    ['too few bytes', 'FP32', [2], [0, 0, 0, 0], 'got 4 bytes, expected 8 bytes'],
    ['too many bytes', 'INT8', [1], [1, 2], 'got 2 bytes, expected 1 bytes'],
    ['bytes of no element', 'INT8', [1, 0], [1], 'got 1 bytes, expected 0 bytes'],
    ['a positive infinity', 'FP32', [1], [0, 0, 0x80, 0x7f], 'v[0]: got an infinity'],
    ['a negative infinity', 'FP64', [1], [0, 0, 0, 0, 0, 0, 0xf0, 0xff], 'v[0]: got an infinity'],
    ['half an infinity', 'FP16', [2], [0, 0, 0, 0xfc], 'v[1]: got an infinity'],
    ['a truth value of two', 'BOOL', [2], [1, 2], 'v[1]: got byte 2'],
    ['a datatype not carried', 'BF16', [1], [0, 0], 'got datatype BF16'],
    ['a length that is cut off', 'BYTES', [1], [1, 0, 0], 'v[0]: got a length that is cut off'],
    ['a text that is cut off', 'BYTES', [1], [2, 0, 0, 0, 97], 'v[0]: got a length of 2'],
    ['a length of 4 GiB', 'BYTES', [1], [255, 255, 255, 255], 'v[0]: got a length of 4294967295'],
    ['a text too few', 'BYTES', [2], [1, 0, 0, 0, 97], 'got 1 elements, expected 2 elements'],
    ['a text too many', 'BYTES', [1], [0, 0, 0, 0, 0, 0, 0, 0], 'got 4 bytes after the last'],
    ['a text with a NUL', 'BYTES', [1], [3, 0, 0, 0, 97, 0, 98], 'v[0]: got a text with a NUL'],
    ['bytes that are not UTF-8', 'BYTES', [1], [1, 0, 0, 0, 0xff], 'bytes that are not UTF-8'],
  ])('is refused for %s', (_, datatype, shape, bytes, message) => {
    expect(refusal(datatype, shape, Uint8Array.from(bytes))).toContain(message);
  });

  it('takes no memory for elements that are only claimed', () => {
    const shape = Array<number>(20).fill(Number.MAX_SAFE_INTEGER);
    expect(refusal('FP64', shape, new Uint8Array())).toContain('got 0 bytes');
    expect(refusal('BYTES', shape, new Uint8Array())).toContain('got 0 elements');
  });
});

const numeric =
  (datatype: Datatype) =>
  (value: unknown): unknown =>
    typeof value === 'number' ? (datatype === 'FP16' ? fromHalf(value) : value) + 0 : value;
