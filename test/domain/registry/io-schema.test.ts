import { expect, it } from 'vitest';
import { IoSchema } from '#domain/registry/io-schema.ts';

const input = { name: 'x', datatype: 'FP32', shape: [-1, 2] };
const output = { name: 'y', datatype: 'FP32', shape: [-1] };

it('reads a schema and keeps all of it', () => {
  const io = {
    inputs: [{ ...input, features: ['a', 'b'], domain: { min: 0, max: 0 } }],
    outputs: [{ ...output, role: 'value' }],
    opset: 21,
    semanticsHash: '0'.repeat(64),
  };
  expect(IoSchema.parse(io)).toEqual(io);
});

it.each([
  ['no input', { inputs: [], outputs: [output] }, 'name at least one input'],
  ['no output', { inputs: [input], outputs: [] }, 'name at least one output'],
  ['an input twice', { inputs: [input, input], outputs: [output] }, 'inputs that differ in name'],
  [
    'an output twice',
    { inputs: [input], outputs: [output, output] },
    'outputs that differ in name',
  ],
  [
    'a feature twice',
    { inputs: [{ ...input, features: ['a', 'a'] }], outputs: [output] },
    'each name once',
  ],
  [
    'no label',
    { inputs: [input], outputs: [{ ...output, labels: [] }] },
    'at least one name, or leave the list out',
  ],
  [
    'a dimension of -2',
    { inputs: [{ ...input, shape: [-2] }], outputs: [output] },
    'a dimension is -1 (dynamic) or a size of 0 or more',
  ],
])('refuses %s', (_, io, message) => {
  const result = IoSchema.safeParse(io);
  expect(result.error?.issues.map((issue) => issue.message)).toEqual([message]);
});

it.each([{ min: 2, max: 1 }, { values: [] }, { min: 0, values: [1] }])(
  'refuses the domain %j',
  (domain) => {
    const io = { inputs: [{ ...input, domain }], outputs: [output] };
    expect(IoSchema.safeParse(io).success).toBe(false);
  },
);

it('refuses unknown fields', () => {
  const io = { inputs: [{ ...input, dtype: 'FP32' }], outputs: [output] };
  expect(IoSchema.safeParse(io).error?.issues[0]?.code).toBe('unrecognized_keys');
});
