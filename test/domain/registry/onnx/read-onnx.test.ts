import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ioSchemaOf } from '#domain/registry/onnx/io-schema-of.ts';
import { ONNX_LIMITS } from '#domain/registry/onnx/limits.ts';
import { OnnxError } from '#domain/registry/onnx/onnx-error.ts';
import type { RangeReader } from '#domain/registry/onnx/range-reader.ts';
import { readOnnxMetadata } from '#domain/registry/onnx/read-onnx.ts';
import { expected, fixture, inMemory, metadataOf } from './fixture.ts';

describe.each(Object.entries(expected))('%s', (name, truth) => {
  it("reads what Python's onnx reads", async () => {
    const { model, reads } = await metadataOf(name);
    const { graph } = model;

    expect(Number(model.irVersion)).toBe(truth.irVersion);
    expect(model.producerName).toBe(truth.producer);
    expect(model.opsetImport.map((o) => [o.domain, Number(o.version)])).toEqual(truth.opsets);
    expect(graph?.input.map((v) => v.name)).toEqual(truth.inputs.map((v) => v.name));
    expect(graph?.output.map((v) => v.name)).toEqual(truth.outputs.map((v) => v.name));
    expect(
      graph?.initializer.map((t) => ({
        name: t.name,
        dataType: t.dataType,
        dims: t.dims.map(Number),
      })),
    ).toEqual(truth.initializers);
    expect(
      graph?.node.map((n) => ({ op: n.opType, domain: n.domain, in: n.input, out: n.output })),
    ).toEqual(truth.nodes);
    expect(model.functions.map((f) => f.name)).toEqual(truth.functions);
    expect(reads).toBe(1);
  });
});

const problemOf = async (reader: RangeReader, limits = ONNX_LIMITS): Promise<OnnxError> => {
  const error: unknown = await readOnnxMetadata(reader, limits).catch((thrown) => thrown);
  if (error instanceof OnnxError) return error;
  throw new Error(`expected an OnnxError, got ${String(error)}`);
};

describe('a file that is no whole ONNX model', () => {
  it('is called empty when it has no bytes', async () => {
    const { problem, message } = await problemOf(inMemory(fixture('empty')));
    expect(problem).toBe('empty');
    expect(message).toContain('0 bytes');
  });

  it('is called truncated at the byte where it ends', async () => {
    const bytes = fixture('truncated');
    const { problem, message } = await problemOf(inMemory(bytes));
    expect(problem).toBe('truncated');
    expect(message).toContain(`truncated at byte ${bytes.length}: graph needs bytes up to`);
  });

  it('is refused wherever it was cut', async () => {
    const whole = fixture('optional-input');
    for (let length = 1; length < whole.length; length += 1) {
      const { problem } = await problemOf(inMemory(whole.slice(0, length)));
      expect(['truncated', 'malformed'], `cut at ${length}`).toContain(problem);
    }
  });

  it('is called truncated when the reader gives fewer bytes than it promised', async () => {
    const bytes = fixture('linear');
    const short = { size: bytes.length + 9, read: async () => bytes };
    const { problem, message } = await problemOf(short);
    expect(problem).toBe('truncated');
    expect(message).toContain(`truncated at byte ${bytes.length}`);
  });

  it.each([
    ['random bytes', fixture('random')],
    ['a ZIP archive', new TextEncoder().encode('PK\x03\x04 and more')],
    ['JSON', new TextEncoder().encode('{"graph": {}}')],
    ['a protobuf group', Uint8Array.of(0x0b, 0x0c)],
    ['field number 0', Uint8Array.of(0x02, 0x00)],
    ['a varint of 11 bytes', Uint8Array.of(0x08, ...Array<number>(11).fill(0x80))],
    ['a graph written as a number', Uint8Array.of(0x38, 0x01)],
    ['a name that is not UTF-8', Uint8Array.of(0x12, 0x01, 0xff)],
    ['a graph whose node overruns it', Uint8Array.of(0x3a, 0x02, 0x0a, 0x05)],
  ])('is called not an ONNX file: %s', async (_, bytes) => {
    const { problem, message } = await problemOf(inMemory(bytes));
    expect(problem).toBe('malformed');
    expect(message).toMatch(/^not an ONNX file: /);
  });

  it('is told what it lacks', async () => {
    const { message } = await problemOf(inMemory(Uint8Array.of(0x08, 0x0a)));
    expect(message).toContain('it has no graph, no opset_import in its 2 bytes');
  });

  it('is told which operator set its nodes need', async () => {
    // One node of domain "zz"; the default operator set is the only one imported.
    const graph = [0x3a, 0x06, 0x0a, 0x04, 0x3a, 0x02, 0x7a, 0x7a];
    const bytes = Uint8Array.of(0x08, 0x0a, ...graph, 0x42, 0x02, 0x10, 0x15);
    const { message } = await problemOf(inMemory(bytes));
    expect(message).toContain('it has no opset_import of domain "zz"');
  });

  it('lets faults of the reader through unchanged', async () => {
    const fault = new Error('connection reset');
    const reader = { size: 10, read: () => Promise.reject(fault) };
    await expect(readOnnxMetadata(reader)).rejects.toBe(fault);
  });
});

describe('the limits', () => {
  it.each([
    ['fields', 20],
    ['keptFields', 20],
    ['metadataBytes', 100],
    ['depth', 2],
    ['reads', 0],
  ] as const)('refuse a file beyond %s', async (limit, most) => {
    const limits = { ...ONNX_LIMITS, [limit]: most };
    const { problem } = await problemOf(inMemory(fixture('linear')), limits);
    expect(problem).toBe('over-limit');
  });

  it('admit a string of exactly fieldBytes and refuse one byte more', async () => {
    const producer = (length: number): Uint8Array =>
      Uint8Array.of(0x12, length, ...Array<number>(length).fill(0x61), ...fixture('linear'));
    const limits = { ...ONNX_LIMITS, fieldBytes: 40 };
    await expect(readOnnxMetadata(inMemory(producer(40)), limits)).resolves.toBeDefined();
    expect((await problemOf(inMemory(producer(41)), limits)).message).toBe(
      'producer_name at byte 1 has 41 bytes, at most 40 are read',
    );
  });

  it('count each byte of a packed list, which may become an object', async () => {
    // ModelProto.graph > initializer > dims, packed: 300 numbers of one byte each.
    const dims = [0x0a, ...varint(300), ...Array<number>(300).fill(1)];
    const initializer = [0x2a, ...varint(dims.length), ...dims];
    const graph = Uint8Array.of(0x3a, ...varint(initializer.length), ...initializer);
    const { problem } = await problemOf(inMemory(graph), { ...ONNX_LIMITS, keptFields: 300 });
    expect(problem).toBe('over-limit');
  });

  it('stop at graphs nested too deep', async () => {
    let graph: number[] = [];
    // Each level is a graph > node > attribute > graph.
    for (let level = 0; level < 40; level += 1) {
      const attribute = [0x32, ...varint(graph.length), ...graph];
      const node = [0x2a, ...varint(attribute.length), ...attribute];
      graph = [0x0a, ...varint(node.length), ...node];
    }
    const bytes = Uint8Array.of(0x3a, ...varint(graph.length), ...graph);
    expect((await problemOf(inMemory(bytes))).message).toContain('depth may be at most 64');
  });
});

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 0x80, ...varint(Math.floor(value / 128))];

/** A file of mostly zeros that exists only where `pieces` put bytes. */
function sparse(size: number, pieces: readonly (readonly [at: number, bytes: number[]])[]) {
  const asked: number[] = [];
  const reader: RangeReader = {
    size,
    read: async (offset, length) => {
      asked.push(length);
      const bytes = new Uint8Array(length);
      for (const [at, piece] of pieces) {
        for (const [index, byte] of piece.entries()) {
          const to = at + index - offset;
          if (to >= 0 && to < length) bytes[to] = byte;
        }
      }
      return bytes;
    },
  };
  return { reader, asked };
}

describe('a model of several gigabytes', () => {
  const GB = 2 ** 30;
  const text = (field: number, value: string): number[] => [
    field * 8 + 2,
    value.length,
    ...new TextEncoder().encode(value),
  ];
  const message = (field: number, body: number[]): number[] => [
    field * 8 + 2,
    ...varint(body.length),
    ...body,
  ];
  const value = (field: number, name: string): number[] => {
    const shape = message(2, message(1, [0x08, 0x04]));
    return message(field, [...text(1, name), ...message(2, message(1, [0x08, 0x01, ...shape]))]);
  };

  it('is read in at most 5 small reads', async () => {
    const weight = (bytes: number, name: string): { head: number[]; size: number } => {
      const body = [...text(8, name), 0x10, 0x01];
      const raw = [0x4a, ...varint(bytes)];
      const size = body.length + raw.length + bytes;
      const head = [0x2a, ...varint(size), ...body, ...raw];
      return { head, size: head.length + bytes };
    };
    const first = weight(2 * GB, 'w1');
    const second = weight(3 * GB, 'w2');
    const tail = [...value(11, 'x'), ...value(12, 'y')];
    const graphSize = first.size + second.size + tail.length;
    const start = [0x08, 0x0a, 0x3a, ...varint(graphSize)];
    const end = message(8, [0x10, 0x15]);
    const { reader, asked } = sparse(start.length + graphSize + end.length, [
      [0, [...start, ...first.head]],
      [start.length + first.size, second.head],
      [start.length + first.size + second.size, [...tail, ...end]],
    ]);

    const metadata = await readOnnxMetadata(reader);

    expect(reader.size).toBeGreaterThan(5 * GB);
    expect(metadata.model.graph?.initializer.map(({ name }) => name)).toEqual(['w1', 'w2']);
    expect(ioSchemaOf(metadata)).toEqual({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [4] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [4] }],
      opset: 21,
    });
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(metadata.reads).toBe(asked.length);
    expect(Math.max(...asked)).toBeLessThanOrEqual(128 * 1024);
  });
});

it('reads on in growing chunks, whatever lies across their borders', async () => {
  const name = 'n'.repeat(60);
  const nodes = Array.from({ length: 20_000 }, () => [
    ...[0x0a, 64, 0x1a, 60],
    ...new TextEncoder().encode(name),
    ...[0x22, 0],
  ]).flat();
  const bytes = Uint8Array.from([
    ...[0x08, 0x0a, 0x42, 0x02, 0x10, 0x15, 0x3a],
    ...varint(nodes.length),
    ...nodes,
  ]);
  const { model, reads, bytesRead } = await readOnnxMetadata(inMemory(bytes));

  expect(model.graph?.node).toHaveLength(20_000);
  expect(model.graph?.node.every((node) => node.name === name)).toBe(true);
  expect(reads).toBeLessThanOrEqual(6);
  expect(bytesRead).toBeLessThan(bytes.length + 1024);
});

test('bytes changed in a real file give metadata or an OnnxError, within the limits', async () => {
  const limits = { ...ONNX_LIMITS, fields: 5_000, keptFields: 5_000, metadataBytes: 20_000 };
  const change = fc.record({
    at: fc.nat(),
    remove: fc.nat({ max: 8 }),
    insert: fc.uint8Array({ maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('linear', 'forest', 'nested', 'zipmap', 'optional-input', 'datatypes'),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      async (name, changes) => {
        let bytes = [...fixture(name)];
        for (const { at, remove, insert } of changes) {
          bytes = bytes.toSpliced(at % bytes.length, remove, ...insert);
          if (bytes.length === 0) bytes = [0];
        }
        let read = 0;
        const reader: RangeReader = {
          size: bytes.length,
          read: async (offset, length) => {
            expect(offset).toBeGreaterThanOrEqual(0);
            expect(offset + length).toBeLessThanOrEqual(bytes.length);
            read += length;
            return Uint8Array.from(bytes.slice(offset, offset + length));
          },
        };
        try {
          ioSchemaOf(await readOnnxMetadata(reader, limits));
        } catch (error) {
          expect(error).toBeInstanceOf(OnnxError);
        }
        expect(read).toBeLessThanOrEqual(bytes.length);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('arbitrary bytes give an OnnxError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      await expect(readOnnxMetadata(inMemory(bytes))).rejects.toBeInstanceOf(OnnxError);
    }),
    { numRuns: 1_000 },
  );
});
