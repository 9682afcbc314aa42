import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { FLEET_OPSET } from '#domain/registry/bump.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';
import { IoSchema } from '#domain/registry/io-schema.ts';
import { ioSchemaOf } from '#domain/registry/onnx/io-schema-of.ts';
import { expected, fixture, fixturePath, metadataOf } from './fixture.ts';

const schemaOf = async (name: string): Promise<IoSchema> => ioSchemaOf(await metadataOf(name));

const DATATYPE_OF: Readonly<Record<string, Datatype>> = {
  FLOAT: 'FP32',
  UINT8: 'UINT8',
  INT8: 'INT8',
  UINT16: 'UINT16',
  INT16: 'INT16',
  INT32: 'INT32',
  INT64: 'INT64',
  STRING: 'BYTES',
  BOOL: 'BOOL',
  FLOAT16: 'FP16',
  DOUBLE: 'FP64',
  UINT32: 'UINT32',
  UINT64: 'UINT64',
  BFLOAT16: 'BF16',
};

const RUNTIME_TYPE: Readonly<Record<string, Datatype>> = {
  float32: 'FP32',
  uint8: 'UINT8',
  int8: 'INT8',
  uint16: 'UINT16',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  string: 'BYTES',
  bool: 'BOOL',
  float16: 'FP16',
  float64: 'FP64',
  uint32: 'UINT32',
  uint64: 'UINT64',
};

const servable = Object.entries(expected).filter(
  ([name]) => name !== 'zipmap' && name !== 'complex' && name !== 'weights-as-inputs',
);

it.each(servable)("%s has the tensors that Python's onnx sees", async (name, truth) => {
  const schema = await schemaOf(name);
  const tensors = (infos: (typeof truth)['inputs']) =>
    infos.map(({ name: tensor, elemType, shape }) => ({
      name: tensor,
      datatype: DATATYPE_OF[elemType],
      shape,
    }));
  expect(schema.inputs).toMatchObject(tensors(truth.inputs));
  expect(schema.outputs).toMatchObject(tensors(truth.outputs));
  expect(schema.opset).toBe(truth.opsets.find(([domain]) => domain === '')?.[1]);
  expect(IoSchema.safeParse(schema).success).toBe(true);
});

it.each(['linear', 'forest', 'symbolic-dim', 'datatypes', 'external-data', 'weights-as-inputs'])(
  '%s has the tensors that ONNX Runtime serves',
  async (name) => {
    const session = await InferenceSession.create(fixturePath(`${name}.onnx`));
    const schema = await schemaOf(name);
    for (const [mine, its] of [
      [schema.inputs, session.inputMetadata],
      [schema.outputs, session.outputMetadata],
    ] as const) {
      const served = its.map((value) =>
        value.isTensor
          ? {
              name: value.name,
              datatype: RUNTIME_TYPE[value.type],
              shape: value.shape.map((size) => (typeof size === 'string' ? -1 : size)),
            }
          : undefined,
      );
      expect(mine).toEqual(served);
    }
  },
);

describe('an input that an initializer fills', () => {
  it('is optional', async () => {
    const { inputs } = await schemaOf('optional-input');
    expect(inputs).toEqual([
      { name: 'x', datatype: 'FP32', shape: [-1, 3] },
      { name: 'bias', datatype: 'FP32', shape: [3], optional: true },
    ]);
  });

  it('is a weight and no input before IR version 4', async () => {
    const { inputs } = await schemaOf('weights-as-inputs');
    expect(inputs.map(({ name }) => name)).toEqual(['x']);
  });
});

it('refuses a ZipMap output and names the remedy', async () => {
  await expect(schemaOf('zipmap')).rejects.toMatchObject({
    name: 'OnnxError',
    problem: 'unsupported',
    message:
      'output "output_probability" is a sequence of maps (ZipMap), expected a tensor; convert again with options={\'zipmap\': False}',
  });
});

it('refuses an element type that the Open Inference Protocol cannot name', async () => {
  await expect(schemaOf('complex')).rejects.toThrow(
    /input "in_COMPLEX64" has ONNX element type 14, expected/,
  );
});

it('refuses a graph in which two inputs share a name', async () => {
  const metadata = await metadataOf('datatypes');
  for (const value of metadata.model.graph?.input ?? []) value.name = 'x';
  expect(() => ioSchemaOf(metadata)).toThrow('input name "x" is empty or not unique');
});

it('refuses a graph without inputs', async () => {
  const metadata = await metadataOf('linear');
  metadata.model.graph?.input.splice(0);
  expect(() => ioSchemaOf(metadata)).toThrow('the graph has no input');
});

it('refuses a tensor without a shape, and says how to get one', async () => {
  const metadata = await metadataOf('linear');
  const value = metadata.model.graph?.output[0]?.type?.value;
  if (value?.case === 'tensorType') delete value.value.shape;
  expect(() => ioSchemaOf(metadata)).toThrow(
    'output "label" has no shape; run onnx.shape_inference',
  );
});

it('names the newest opset that the installed ONNX Runtime opens', async () => {
  await expect(InferenceSession.create(fixture(`opset-${FLEET_OPSET}`))).resolves.toBeDefined();
  await expect(InferenceSession.create(fixture(`opset-${FLEET_OPSET + 1}`))).rejects.toThrow(
    /opset/i,
  );
});
