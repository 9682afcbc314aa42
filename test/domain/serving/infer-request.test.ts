import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '#domain/gates/half.ts';
import type { Datatype, IoSchema } from '#domain/registry/io-schema.ts';
import { problemText } from '#domain/registry/problem.ts';
import { parseInferRequest } from '#domain/serving/infer-request.ts';

const IO: IoSchema = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 3] },
    { name: 'kind', datatype: 'INT64', shape: [-1] },
    { name: 'bias', datatype: 'FP32', shape: [1], optional: true },
  ],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'scores', datatype: 'FP32', shape: [-1, 2] },
  ],
};
const x = { name: 'x', datatype: 'FP32', shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
const kind = { name: 'kind', datatype: 'INT64', shape: [2], data: [7, 8] };

const NONE = new Uint8Array();
const parse = (body: unknown, io = IO) => parseInferRequest(JSON.stringify(body), io);
const accepted = (body: unknown, io = IO) => {
  const result = parse(body, io);
  if (!result.ok) throw new Error(result.problems.map(problemText).join('\n'));
  return result.request;
};
const refusal = (body: unknown, io = IO): string => {
  const result = typeof body === 'string' ? parseInferRequest(body, io) : parse(body, io);
  if (result.ok) throw new Error('the request was accepted');
  for (const { field, got, expected, remedy } of result.problems) {
    expect([field, got, expected, remedy]).not.toContain('');
  }
  return result.problems.map(problemText).join('\n');
};

/** One tensor of the given type as the only input. */
const one = (datatype: Datatype, data: unknown[], shape = [data.length]) =>
  parse(
    { inputs: [{ name: 'v', datatype, shape, data }] },
    { ...IO, inputs: [{ name: 'v', datatype, shape: shape.map(() => -1) }] },
  );

describe('a good request', () => {
  it('becomes tensors in the memory layout of their datatypes', () => {
    const { id, inputs, outputs, parameters } = accepted({
      id: 'r-1',
      parameters: { user_id: 'u', retries: 2, trace: true },
      inputs: [x, kind],
    });
    expect(id).toBe('r-1');
    expect(parameters).toEqual({ user_id: 'u', retries: 2, trace: true });
    expect(inputs.map(({ data }) => data)).toEqual([
      Float32Array.of(1, 2, 3, 4, 5, 6),
      BigInt64Array.of(7n, 8n),
    ]);
    expect(outputs).toEqual(['label', 'scores']);
  });

  it('may name its outputs, in an order of its own', () => {
    const outputs = [{ name: 'scores' }, { name: 'label' }];
    expect(accepted({ inputs: [x, kind], outputs }).outputs).toEqual(['scores', 'label']);
    expect(accepted({ inputs: [x, kind], outputs: [] }).outputs).toEqual(['label', 'scores']);
  });

  it('means the same flat and nested, whatever the shape', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const count = shape.reduce((product, size) => product * size, 1);
        const flat = Array.from({ length: count }, (_, i) => i);
        expect(one('INT32', nested(flat, shape), shape)).toEqual(one('INT32', flat, shape));
      }),
    );
  });

  it('takes a scalar as a list of one', () => {
    expect(one('FP64', [2.5], [])).toMatchObject({
      request: { inputs: [{ shape: [], data: Float64Array.of(2.5) }] },
    });
  });

  it('carries the ends of every integer range, 64 bits as text', () => {
    const ends: [Datatype, unknown[]][] = [
      ['UINT8', [0, 255]],
      ['INT8', [-128, 127]],
      ['UINT16', [0, 65535]],
      ['INT16', [-32768, 32767]],
      ['UINT32', [0, 4294967295]],
      ['INT32', [-2147483648, 2147483647]],
      ['UINT64', [0, '18446744073709551615']],
      ['INT64', ['-9223372036854775808', '9223372036854775807']],
    ];
    for (const [datatype, values] of ends) {
      const result = one(datatype, values);
      const data = result.ok ? result.request.inputs[0]?.data : undefined;
      expect([...(data ?? [])].map(String), datatype).toEqual(values.map(String));
    }
  });

  it('rounds to half precision as it is stored', () => {
    const result = one('FP16', [0.1, -2, 65504]);
    const data = result.ok ? result.request.inputs[0]?.data : undefined;
    expect(data).toEqual(Uint16Array.from([0.1, -2, 65504], toHalf));
    expect(fromHalf(Number(data?.[0]))).toBe(0.0999755859375);
  });

  it('carries truth values and texts', () => {
    expect(one('BOOL', [true, false])).toMatchObject({
      request: { inputs: [{ data: Uint8Array.of(1, 0) }] },
    });
    expect(one('BYTES', ['', 'naïve ☕'])).toMatchObject({
      request: { inputs: [{ data: ['', 'naïve ☕'] }] },
    });
  });
});

describe('a bad request is refused', () => {
  it.each([
    ['an empty body', '', 'body: got nothing'],
    ['text that is not JSON', '{"inputs": [NaN]}', 'body: got text that is not JSON'],
    ['JSON of another kind', '[]', 'document: got []'],
    ['no inputs', {}, 'inputs: got nothing'],
    ['an unknown field', { inputs: [x, kind], input: [] }, 'input: got an unknown field'],
    [
      'an unknown field of an input',
      { inputs: [{ ...x, dtype: 'FP32' }, kind] },
      'inputs[0].dtype',
    ],
    ['an id that is no text', { id: 7, inputs: [x, kind] }, 'id: got 7'],
    ['nested parameters', { parameters: { a: {} }, inputs: [x, kind] }, 'parameters.a: got {}'],
    ['a missing input', { inputs: [x] }, 'inputs: got no input "kind"'],
    ['an unknown input', { inputs: [x, kind, { ...x, name: 'z' }] }, 'inputs[2].name: got "z"'],
    ['an input given twice', { inputs: [x, x, kind] }, 'inputs[1].name: got "x" a second time'],
    ['another datatype', { inputs: [{ ...x, datatype: 'FP64' }, kind] }, 'got FP64, expected FP32'],
    ['no datatype at all', { inputs: [{ ...x, datatype: 'float' }, kind] }, 'inputs[0].datatype'],
    ['another rank', { inputs: [{ ...x, shape: [6] }, kind] }, 'got [6], expected [-1,3]'],
    ['another fixed dimension', { inputs: [{ ...x, shape: [3, 2] }, kind] }, 'got [3,2], expected'],
    [
      'an empty batch',
      { inputs: [{ ...x, shape: [0, 3], data: [] }, kind] },
      'a batch of 1 or more',
    ],
    ['a dynamic dimension', { inputs: [{ ...x, shape: [-1, 3] }, kind] }, 'inputs[0].shape[0]'],
    ['too few elements', { inputs: [{ ...x, data: [1] }, kind] }, 'got 1 elements, expected 6'],
    ['no data', { inputs: [{ ...x, data: undefined }, kind] }, 'inputs[0].data: got nothing'],
    ['data that is no list', { inputs: [{ ...x, data: 'AAA=' }, kind] }, 'got "AAA=", expected an'],
    ['too few rows', { inputs: [{ ...x, data: [[1, 2, 3]] }, kind] }, 'got 1 rows, expected 2'],
    [
      'a short row',
      { inputs: [{ ...x, data: [[1, 2, 3], [4]] }, kind] },
      'inputs[0].data[1]: got 1',
    ],
    ['a row that is none', { inputs: [{ ...x, data: [[1, 2, 3], 4] }, kind] }, 'inputs[0].data[1]'],
    [
      'rows nested too deep',
      {
        inputs: [
          {
            ...x,
            data: [
              [1, 2, [3]],
              [4, 5, 6],
            ],
          },
          kind,
        ],
      },
      'a list',
    ],
    ['an unknown output', { inputs: [x, kind], outputs: [{ name: 'logits' }] }, 'outputs[0].name'],
    [
      'an output asked for twice',
      { inputs: [x, kind], outputs: [{ name: 'label' }, { name: 'label' }] },
      'outputs[1].name: got "label" a second time',
    ],
    [
      'an input that the runtime would not replace',
      { inputs: [x, kind, { name: 'bias', datatype: 'FP32', shape: [1], data: [1] }] },
      'inputs[2].name: got "bias", which has a default',
    ],
    [
      'a tensor in shared memory',
      { inputs: [{ ...x, parameters: { shared_memory_region: 'r' } }, kind] },
      'inputs[0].parameters.shared_memory_region: got an extension that is not offered',
    ],
    [
      'an output as classes',
      { inputs: [x, kind], outputs: [{ name: 'label', parameters: { classification: 3 } }] },
      'outputs[0].parameters.classification',
    ],
    [
      'a wish that is neither yes nor no',
      { parameters: { binary_data_output: 1 }, inputs: [x, kind] },
      'parameters.binary_data_output: got 1',
    ],
    [
      'such a wish for one output',
      { inputs: [x, kind], outputs: [{ name: 'label', parameters: { binary_data: 'no' } }] },
      'outputs[0].parameters.binary_data: got "no"',
    ],
  ])('for %s', (_, body, message) => {
    expect(refusal(body)).toContain(message);
  });

  it.each<[Datatype, unknown]>([
    ['FP32', null],
    ['FP32', 'NaN'],
    ['FP32', 'Infinity'],
    ['FP32', '1.5'],
    ['FP32', true],
    ['FP32', 3.5e38],
    ['FP64', null],
    ['FP16', 65520],
    ['UINT8', 256],
    ['UINT8', -1],
    ['UINT8', 1.5],
    ['INT8', 128],
    ['UINT16', 65536],
    ['INT16', -32769],
    ['UINT32', 4294967296],
    ['INT32', 2147483648],
    ['INT32', '7'],
    ['INT64', 9007199254740992],
    ['INT64', '9223372036854775808'],
    ['INT64', '1e3'],
    ['INT64', ''],
    ['INT64', ' 7'],
    ['INT64', 0.5],
    ['UINT64', '-1'],
    ['UINT64', '18446744073709551616'],
    ['BOOL', 1],
    ['BOOL', 'true'],
    ['BYTES', 7],
    ['BYTES', null],
    ['BYTES', 'a\0b'],
    ['BYTES', '\ud800'],
    ['BF16', 1],
  ])('for a %s element %j', (datatype, value) => {
    const result = one(datatype, [value]);
    expect(result).toMatchObject({
      ok: false,
      problems: [
        {
          field: datatype === 'BF16' ? 'inputs[0].data' : 'inputs[0].data[0]',
          expected: expect.stringMatching(/./),
          remedy: expect.stringMatching(/./),
        },
      ],
    });
  });

  it('for a number too large for JSON to carry', () => {
    const body = '{"inputs":[{"name":"v","datatype":"FP64","shape":[1],"data":[1e999]}]}';
    const io: IoSchema = { ...IO, inputs: [{ name: 'v', datatype: 'FP64', shape: [1] }] };
    expect(refusal(body, io)).toContain('inputs[0].data[0]');
  });

  it('with every input that is wrong, in one answer', () => {
    const text = refusal({
      inputs: [
        { ...x, shape: [6] },
        { ...kind, data: [1.5, 2] },
      ],
    });
    expect(text).toContain('inputs[0].shape');
    expect(text).toContain('inputs[1].data[0]: got 1.5, expected an integer');
  });

  it('without taking memory for elements that are only claimed', () => {
    const huge = { ...x, shape: [2 ** 31, 3], data: [1, 2, 3] };
    expect(refusal({ inputs: [huge, kind] })).toContain('expected 6442450944 elements');
  });
});

describe('binary tensors', () => {
  const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
  const sent = (size: unknown = 24) => ({
    ...x,
    data: undefined,
    parameters: { binary_data_size: size },
  });
  const wide = { ...kind, data: undefined, parameters: { binary_data_size: 16 } };
  const labels = new Uint8Array(BigInt64Array.of(7n, 2n ** 60n).buffer);
  const result = (body: unknown, binary: Uint8Array) =>
    parseInferRequest(JSON.stringify(body), IO, binary);
  const why = (body: unknown, binary: Uint8Array): string => {
    const refused = result(body, binary);
    if (refused.ok) throw new Error('the request was accepted');
    return refused.problems.map(problemText).join('\n');
  };

  it('come after the JSON, in the order of the inputs', () => {
    expect(result({ inputs: [wide, sent()] }, Buffer.concat([labels, bytes]))).toMatchObject({
      request: {
        inputs: [{ data: BigInt64Array.of(7n, 2n ** 60n) }, { data: Float32Array.from(x.data) }],
      },
    });
  });

  it('may stand beside tensors as JSON', () => {
    expect(result({ inputs: [kind, sent()] }, bytes)).toEqual(result({ inputs: [kind, x] }, NONE));
  });

  it.each<[string, unknown, Uint8Array, string]>([
    ['no bytes at all', sent(), NONE, 'got 24, expected at most 0'],
    ['a byte too few', sent(), bytes.subarray(1), 'got 24, expected at most 23'],
    ['a byte too many', sent(), Uint8Array.of(...bytes, 0), 'body: got 1 bytes that belong to no'],
    ['bytes beside JSON', x, bytes, 'body: got 24 bytes that belong to no input'],
    [
      'a size that its shape does not have',
      sent(23),
      bytes.subarray(1),
      'got 23 bytes, expected 24',
    ],
    ['a negative size', sent(-1), bytes, 'binary_data_size: got -1'],
    ['half a byte', sent(0.5), bytes, 'binary_data_size: got 0.5'],
    ['a size as text', sent('24'), bytes, 'binary_data_size: got "24"'],
    ['data twice', { ...sent(), data: x.data }, bytes, 'inputs[0].data: got a list of 6'],
  ])('are refused with %s', (_, input, binary, message) => {
    expect(why({ inputs: [input, kind] }, binary)).toContain(message);
  });

  const wish = (body: object) => {
    const { binaryOutputs } = accepted({ inputs: [x, kind], ...body });
    return [...binaryOutputs];
  };
  it.each([
    [{}, []],
    [{ parameters: { binary_data_output: false } }, []],
    [{ parameters: { binary_data_output: true } }, ['label', 'scores']],
    [
      { outputs: [{ name: 'scores', parameters: { binary_data: true } }, { name: 'label' }] },
      ['scores'],
    ],
    [
      {
        parameters: { binary_data_output: true },
        outputs: [{ name: 'scores', parameters: { binary_data: false } }, { name: 'label' }],
      },
      ['label'],
    ],
  ])('are answered where %j asks for them', (body, names) => {
    expect(wish(body)).toEqual(names);
  });
});

describe('sizes of zero', () => {
  const io: IoSchema = { ...IO, inputs: [{ name: 'v', datatype: 'FP32', shape: [-1, -1, -1] }] };
  const empty = (shape: number[], data: unknown = []) =>
    parse({ inputs: [{ name: 'v', datatype: 'FP32', shape, data }] }, io);

  it.each([
    [[]],
    [[[], []]],
    [
      [
        [[], []],
        [[], []],
      ],
    ],
  ])('hold nothing, as %j', (data) => {
    const shape = data[0]?.[0] ? [2, 2, 0] : [2, 0, 3];
    expect(empty(shape, data)).toMatchObject({
      request: { inputs: [{ shape, data: new Float32Array() }] },
    });
  });

  it('let nobody claim more than could be sent', () => {
    expect(empty([4_194_304, 0, 1])).toMatchObject({ ok: true });
    expect(empty([4_194_305, 0, 1])).toMatchObject({ ok: false });
    expect(empty([2 ** 53 - 1, 0, 2 ** 53 - 1])).toMatchObject({ ok: false });
  });
});

function nested(flat: readonly unknown[], shape: readonly number[]): unknown[] {
  if (shape.length <= 1) return [...flat];
  const rows = shape[0] ?? 1;
  const width = flat.length / rows;
  return Array.from({ length: rows }, (_, row) =>
    nested(flat.slice(row * width, (row + 1) * width), shape.slice(1)),
  );
}
