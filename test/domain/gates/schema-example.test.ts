import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type ExampleTensor, exampleRequest, jsonSchemaOf } from '#domain/gates/schema-example.ts';
import type { InputSpec, IoSchema } from '#domain/registry/io-schema.ts';
import { ioSchemaOf } from '#domain/registry/onnx/io-schema-of.ts';
import { fixturePath, metadataOf } from '../registry/onnx/fixture.ts';

const schemaOf = async (name: string): Promise<IoSchema> => ioSchemaOf(await metadataOf(name));
const taking = (...inputs: InputSpec[]): IoSchema => ({
  inputs,
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1] }],
});
const first = (input: Omit<InputSpec, 'name'>): ExampleTensor | undefined =>
  exampleRequest(taking({ name: 'x', ...input }))?.inputs[0];

describe('exampleRequest', () => {
  it.each(['linear', 'forest', 'symbolic-dim', 'optional-input', 'external-data'])(
    'is accepted by ONNX Runtime for %s',
    async (name) => {
      const session = await InferenceSession.create(fixturePath(`${name}.onnx`));
      const request = exampleRequest(await schemaOf(name));
      const feeds = (request?.inputs ?? []).map(({ name: input, shape, datatype, data }) => {
        const tensor =
          datatype === 'INT64'
            ? new Tensor('int64', data.map(BigInt), shape)
            : new Tensor('float32', data.map(Number), shape);
        return [input, tensor] as const;
      });
      const outputs = await session.run(Object.fromEntries(feeds));
      expect(Object.keys(outputs)).toEqual([...session.outputNames]);
    },
  );

  it('has one row, and a column for each feature of a dynamic table', () => {
    expect(first({ datatype: 'FP32', shape: [-1, -1], features: ['a', 'b', 'c'] })).toEqual({
      name: 'x',
      shape: [1, 3],
      datatype: 'FP32',
      data: [0, 0, 0],
    });
  });

  it('leaves optional inputs out, unless there are no others', () => {
    const bias: InputSpec = { name: 'bias', datatype: 'FP32', shape: [1], optional: true };
    const x: InputSpec = { name: 'x', datatype: 'FP32', shape: [1] };
    const names = (io: IoSchema) => exampleRequest(io)?.inputs.map(({ name }) => name);
    expect(names(taking(bias, x))).toEqual(['x']);
    expect(names(taking(bias))).toEqual(['bias']);
  });

  it.each<[domain: InputSpec['domain'], datatype: InputSpec['datatype'], value: unknown]>([
    [undefined, 'FP32', 0],
    [undefined, 'BOOL', false],
    [undefined, 'BYTES', 'text'],
    [{ min: 1, max: 2 }, 'FP64', 1.5],
    [{ min: 5 }, 'FP16', 5],
    [{ min: -5 }, 'BF16', 0],
    [{ max: -5 }, 'INT32', -5],
    [{ min: 0.5, max: 1.4 }, 'INT64', 1],
    [{ min: 1, max: 2 }, 'UINT8', 1],
    [{ values: ['C', 'Q'] }, 'BYTES', 'C'],
    [{ values: [3, 4] }, 'INT64', 3],
  ])('keeps within the domain %j of %s', (domain, datatype, value) => {
    expect(first({ datatype, shape: [1], ...(domain && { domain }) })?.data).toEqual([value]);
  });

  it('holds one value for a scalar and none for an empty tensor', () => {
    expect(first({ datatype: 'FP32', shape: [] })?.data).toEqual([0]);
    expect(first({ datatype: 'FP32', shape: [-1, 0] })?.data).toEqual([]);
  });

  it('is left out above a million values', () => {
    expect(first({ datatype: 'FP32', shape: [1000, 1000] })?.data).toHaveLength(1_000_000);
    expect(first({ datatype: 'FP32', shape: [1000, 1001] })).toBeUndefined();
    expect(first({ datatype: 'FP32', shape: [2 ** 40, 2 ** 40] })).toBeUndefined();
  });
});

describe('jsonSchemaOf', () => {
  const io = taking(
    { name: 'x', datatype: 'FP32', shape: [-1, 2], domain: { min: 0, max: 1 } },
    { name: 'n', datatype: 'INT64', shape: [-1] },
    {
      name: 'port',
      datatype: 'BYTES',
      shape: [-1],
      domain: { values: ['C', 'Q'] },
      optional: true,
    },
  );
  const { request, response } = jsonSchemaOf(io);
  const accepts = (schema: unknown, body: unknown): boolean =>
    z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(body).success;
  const example = exampleRequest(io);
  const x = { name: 'x', shape: [1, 2], datatype: 'FP32', data: [0, 1] };

  it('accepts the example and an answer', () => {
    expect(accepts(request, example)).toBe(true);
    expect(accepts(request, { inputs: [x] })).toBe(true);
    const y = { name: 'y', shape: [1], datatype: 'FP32', data: [0.5] };
    expect(accepts(response, { outputs: [y] })).toBe(true);
  });

  it.each([
    ['an unknown tensor', { ...x, name: 'z' }],
    ['another datatype', { ...x, datatype: 'FP64' }],
    ['another rank', { ...x, shape: [2] }],
    ['another number of columns', { ...x, shape: [1, 3] }],
    ['text for a number', { ...x, data: ['0', '1'] }],
    ['a value outside the domain', { ...x, data: [0, 1.01] }],
    ['a fraction for an integer', { name: 'n', shape: [1], datatype: 'INT64', data: [0.5] }],
    ['an unknown category', { name: 'port', shape: [1], datatype: 'BYTES', data: ['S'] }],
  ])('refuses %s', (_, tensor) => {
    expect(accepts(request, { inputs: [tensor] })).toBe(false);
  });

  it('gives a scalar the shape []', () => {
    const scalar = jsonSchemaOf(taking({ name: 's', datatype: 'BOOL', shape: [] })).request;
    const tensor = { name: 's', shape: [], datatype: 'BOOL', data: [true] };
    expect(accepts(scalar, { inputs: [tensor] })).toBe(true);
    expect(JSON.stringify(scalar)).not.toContain('prefixItems');
  });

  it('demands the inputs that are required, in any order', () => {
    const contains = (name: string) => ({
      contains: { type: 'object', properties: { name: { const: name } }, required: ['name'] },
    });
    expect(request).toMatchObject({
      properties: { inputs: { allOf: [contains('x'), contains('n')] } },
    });
  });
});
