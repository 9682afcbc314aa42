import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TensorData } from '#domain/gates/feed.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { encodeFrame, FrameError } from '../../../../lambdas/serving/isolated/frame.ts';
import { FrameReader } from '../../../../lambdas/serving/isolated/frame-reader.ts';

const vector =
  (datatype: Datatype) =>
  (data: TensorData): { datatype: Datatype; data: TensorData } => ({ datatype, data });

const elements = fc.oneof(
  fc.uint8Array().map(vector('BOOL')),
  fc.uint8Array().map(vector('UINT8')),
  fc.uint16Array().map(vector('UINT16')),
  fc.uint32Array().map(vector('UINT32')),
  fc.bigUint64Array().map(vector('UINT64')),
  fc.int8Array().map(vector('INT8')),
  fc.int16Array().map(vector('INT16')),
  fc.int32Array().map(vector('INT32')),
  fc.bigInt64Array().map(vector('INT64')),
  fc.uint16Array().map(vector('FP16')),
  fc.uint16Array().map(vector('BF16')),
  fc.float32Array().map(vector('FP32')),
  fc.float64Array().map(vector('FP64')),
  fc.array(fc.string({ unit: 'grapheme' })).map(vector('BYTES')),
);
const tensors = fc.array(
  fc
    .tuple(fc.string({ unit: 'grapheme' }), elements)
    .map(([name, { datatype, data }]): Tensor => ({ name, datatype, shape: [data.length], data })),
  { maxLength: 5 },
);
const message = fc.oneof(
  fc.constant({ kind: 'answered' } as const),
  fc.record({ kind: fc.constant('run' as const), outputs: fc.array(fc.string()) }),
);
const frame = fc.record({ message, tensors }, { noNullPrototype: true });

const chunked = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );

describe('a frame', () => {
  it('is read as it was written, whatever chunks it comes in', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 3 }),
        fc.integer({ min: 1, max: 200 }),
        (sent, size) => {
          const reader = new FrameReader();
          const bytes = Buffer.concat(sent.flatMap(encodeFrame));
          expect(chunked(bytes, size).flatMap((chunk) => reader.push(chunk))).toEqual(sent);
        },
      ),
    );
  });

  it('is refused by one kind of error when it is altered', () => {
    const altered = fc.tuple(frame, fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(altered, ([sent, at, mask]) => {
        const bytes = Buffer.concat(encodeFrame(sent));
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ mask;
        try {
          new FrameReader().push(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });

  it.each([
    ['too large', 2 ** 26 + 8, 8],
    ['with a header beyond its end', 8, 16],
    ['whose elements would not be aligned', 16, 4],
  ])('is refused %s before memory is taken for it', (_, bodyBytes, headerBytes) => {
    const prefix = Buffer.alloc(8);
    prefix.writeUInt32LE(bodyBytes, 0);
    prefix.writeUInt32LE(headerBytes, 4);
    expect(() => new FrameReader().push(prefix)).toThrow(FrameError);
  });

  it.each([
    ['no JSON', '{', ''],
    ['an unknown message', '{"message":{"kind":"stop"},"tensors":[]}', ''],
    ['an empty header', '', ''],
    ['elements that no tensor has', '{"message":{"kind":"opened"},"tensors":[]}', '01234567'],
    [
      'a tensor without elements',
      '{"message":{"kind":"answered"},"tensors":[{"name":"p","datatype":"FP64","shape":[1]}]}',
      '',
    ],
    [
      'a tensor beyond all memory',
      '{"message":{"kind":"answered"},"tensors":[{"name":"p","datatype":"FP64","shape":[9000000000,9000000000]}]}',
      '',
    ],
    [
      'texts of another number',
      '{"message":{"kind":"answered"},"tensors":[{"name":"p","datatype":"BYTES","shape":[2],"texts":["a"]}]}',
      '',
    ],
  ])('is refused with %s', (_, json, rest) => {
    const header = Buffer.from(json + ' '.repeat(-json.length & 7));
    const prefix = Buffer.alloc(8);
    prefix.writeUInt32LE(header.length + rest.length, 0);
    prefix.writeUInt32LE(header.length, 4);
    const reader = new FrameReader();
    expect(() => reader.push(Buffer.concat([prefix, header, Buffer.from(rest)]))).toThrow(
      FrameError,
    );
  });
});
