import { describe, expect, it } from 'vitest';
import { toHalf } from '#domain/gates/half.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';
import { problemText } from '#domain/registry/problem.ts';
import { inferResponseText, outputProblem } from '#domain/serving/infer-response.ts';
import type { Tensor } from '#domain/serving/tensor.ts';

const answer = { modelName: 'm', modelVersion: '1.2.0', id: undefined, parameters: {} };
const text = (...outputs: Tensor[]) => inferResponseText({ ...answer, outputs });

describe('inferResponseText', () => {
  it('writes the answer as the protocol has it', () => {
    const data = Float32Array.of(0.5, -1);
    const outputs: Tensor[] = [{ name: 'p', datatype: 'FP32', shape: [1, 2], data }];
    const body = inferResponseText({
      ...answer,
      id: 'r"1',
      parameters: { variant: 'stable' },
      outputs,
    });
    expect(JSON.parse(body)).toEqual({
      model_name: 'm',
      model_version: '1.2.0',
      id: 'r"1',
      parameters: { variant: 'stable' },
      outputs: [{ name: 'p', datatype: 'FP32', shape: [1, 2], data: [0.5, -1] }],
    });
  });

  it('leaves out an id and parameters that there are none of', () => {
    expect(Object.keys(JSON.parse(text()))).toEqual(['model_name', 'model_version', 'outputs']);
  });

  it('writes 64-bit integers digit by digit', () => {
    const signed = BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n);
    const unsigned = BigUint64Array.of(2n ** 64n - 1n);
    expect(text({ name: 'a', datatype: 'INT64', shape: [2], data: signed })).toContain(
      '"data":[-9223372036854775808,9223372036854775807]',
    );
    expect(text({ name: 'a', datatype: 'UINT64', shape: [1], data: unsigned })).toContain(
      '"data":[18446744073709551615]',
    );
  });

  it.each<[Datatype, Tensor['data'], unknown[]]>([
    ['BOOL', Uint8Array.of(0, 1), [false, true]],
    ['FP16', Uint16Array.of(toHalf(-2.5), toHalf(2 ** -24)), [-2.5, 2 ** -24]],
    ['FP64', Float64Array.of(0.1, 1e-300), [0.1, 1e-300]],
    ['INT8', Int8Array.of(-128, 127), [-128, 127]],
    ['BYTES', ['"\n', '☕'], ['"\n', '☕']],
  ])('writes %s values that read back the same', (datatype, data, values) => {
    const body = JSON.parse(text({ name: 'a', datatype, shape: [2], data }));
    expect(body.outputs[0].data).toEqual(values);
  });
});

it('leaves the elements of binary outputs to the bytes that follow', () => {
  const a: Tensor = { name: 'a', datatype: 'INT8', shape: [2], data: Int8Array.of(1, 2) };
  const binary = new Map([['b', Uint8Array.of(3, 4)]]);
  const outputs = [a, { ...a, name: 'b' }];
  expect(JSON.parse(inferResponseText({ ...answer, outputs, binary })).outputs).toEqual([
    { name: 'a', datatype: 'INT8', shape: [2], data: [1, 2] },
    { name: 'b', datatype: 'INT8', shape: [2], parameters: { binary_data_size: 2 } },
  ]);
});

describe('outputProblem', () => {
  const spec = { name: 'p', datatype: 'FP32' as const, shape: [-1, 2] };
  const good: Tensor = { name: 'p', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 2) };

  it('finds nothing wrong with what the schema declares', () => {
    expect(outputProblem(spec, good)).toBeUndefined();
  });

  it.each<[string, Tensor | undefined, string]>([
    ['a missing output', undefined, 'no such output'],
    ['another datatype', { ...good, datatype: 'FP64' }, 'got datatype FP64, expected FP32'],
    ['another rank', { ...good, shape: [2] }, 'got shape [2], expected [-1,2]'],
    ['another fixed dimension', { ...good, shape: [2, 1] }, 'got shape [2,1]'],
    ['NaN', { ...good, data: Float32Array.of(1, Number.NaN) }, 'NaN or Infinity at [1]'],
    ['infinity', { ...good, data: Float32Array.of(-Infinity, 1) }, 'NaN or Infinity at [0]'],
  ])('names %s', (_, output, message) => {
    const problem = outputProblem(spec, output);
    expect(problem && problemText(problem)).toContain(message);
  });

  it.each([0x7c00, 0xfc00, 0x7e00])('finds half-precision bits %i that are not finite', (bits) => {
    const half: Tensor = { ...good, datatype: 'FP16', data: Uint16Array.of(0x7bff, bits) };
    expect(outputProblem({ ...spec, datatype: 'FP16' }, half)?.got).toBe('NaN or Infinity at [1]');
  });
});
