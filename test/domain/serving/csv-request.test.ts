import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Datatype, IoSchema } from '#domain/registry/io-schema.ts';
import { problemText } from '#domain/registry/problem.ts';
import { parseCsvRequest } from '#domain/serving/csv-request.ts';
import { parseInferRequest } from '#domain/serving/infer-request.ts';

const io = (datatype: Datatype = 'FP32', shape = [-1, 3]): IoSchema => ({
  inputs: [{ name: 'x', datatype, shape }],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'scores', datatype: 'FP32', shape: [-1, 2] },
  ],
});
const refusal = (text: string, schema = io()): string => {
  const result = parseCsvRequest(text, schema);
  if (result.ok) throw new Error('the request was accepted');
  return result.problems.map(problemText).join('\n');
};

it('asks what the same rows ask as JSON', () => {
  const cell = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const rows = fc
    .nat({ max: 4 })
    .chain((extra) =>
      fc.array(fc.array(cell, { minLength: extra + 1, maxLength: extra + 1 }), { minLength: 1 }),
    );
  const ends = fc.constantFrom('', '\n', '\r\n');
  fc.assert(
    fc.property(rows, ends, fc.constantFrom('\n', '\r\n'), (data, end, between) => {
      const schema = io('INT32', [-1, -1]);
      const csv = data.map((row) => row.join(',')).join(between) + end;
      const shape = [data.length, data[0]?.length];
      const json = JSON.stringify({ inputs: [{ name: 'x', datatype: 'INT32', shape, data }] });
      expect(parseCsvRequest(csv, schema)).toEqual(parseInferRequest(json, schema));
    }),
  );
});

it.each<[Datatype, string, unknown]>([
  ['FP32', '0.5, -1e3 ,nan', Float32Array.of(0.5, -1000, Number.NaN)],
  ['INT64', '9223372036854775807,-1,0', BigInt64Array.of(2n ** 63n - 1n, -1n, 0n)],
  ['BOOL', 'true,0,1', Uint8Array.of(1, 0, 1)],
])('reads %s as it is stored: %s', (datatype, text, data) => {
  expect(parseCsvRequest(text, io(datatype))).toMatchObject({
    request: { inputs: [{ shape: [1, 3], data }], outputs: ['label', 'scores'] },
  });
});

it('leaves out inputs that have a default', () => {
  const schema = io();
  schema.inputs.push({ name: 'bias', datatype: 'FP32', shape: [1], optional: true });
  expect(parseCsvRequest('1,2,3', schema)).toMatchObject({ request: { inputs: [{ name: 'x' }] } });
});

it.each<[string, string, string]>([
  ['nothing', '', 'got 1 lines, 1 values in the first, expected shape [-1,3]'],
  ['a row too short', '1,2,3\n4,5\n', 'body line 2: got 2 values, expected 3'],
  ['an empty line', '1,2,3\n\n4,5,6', 'body line 2: got 1 values'],
  ['a header', 'a,b,c\n1,2,3', 'body line 1, value 1: got "a"'],
  ['a quoted number', '1,"2",3', 'body line 1, value 2'],
  ['an empty value', '1,,3', 'body line 1, value 2: got ""'],
  ['an infinity', '1,2,1e39', 'body line 1, value 3'],
])('refuses %s', (_, text, message) => {
  expect(refusal(text)).toContain(message);
});

it.each<[string, IoSchema]>([
  ['several inputs', { ...io(), inputs: [...io().inputs, ...io('INT8').inputs] }],
  ['one dimension', io('FP32', [-1])],
  ['three dimensions', io('FP32', [-1, 2, 2])],
  ['texts', io('BYTES')],
  ['a datatype not carried', io('BF16')],
])('has no form for a model of %s', (_, schema) => {
  expect(refusal('1,2,3', schema)).toContain('a model of one two-dimensional input of numbers');
});
