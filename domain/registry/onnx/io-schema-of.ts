import type { Datatype, IoSchema } from '#domain/registry/io-schema.ts';
import type { TensorShapeProto, TypeProto, ValueInfoProto } from './onnx_pb.ts';
import { OnnxError, quote } from './onnx-error.ts';
import type { OnnxMetadata } from './read-onnx.ts';

/** `TensorProto.DataType` to Open Inference Protocol; what is missing has no name there. */
const DATATYPE_OF: Readonly<Record<number, Datatype>> = {
  1: 'FP32',
  2: 'UINT8',
  3: 'INT8',
  4: 'UINT16',
  5: 'INT16',
  6: 'INT32',
  7: 'INT64',
  8: 'BYTES',
  9: 'BOOL',
  10: 'FP16',
  11: 'FP64',
  12: 'UINT32',
  13: 'UINT64',
  16: 'BF16',
};

/** The first version of ONNX in which a caller may override an initializer. */
const OVERRIDABLE_SINCE_IR = 4n;

/**
 * What the graph takes and gives, by its own words. An input that an initializer fills is
 * optional, or before IR version 4 a weight and no input at all.
 * @throws OnnxError `unsupported` for values that are not tensors of an OIP datatype.
 */
export function ioSchemaOf({ model }: OnnxMetadata): IoSchema {
  const { graph } = model;
  const filled = new Set([
    ...(graph?.initializer.map(({ name }) => name) ?? []),
    ...(graph?.sparseInitializer.map(({ values }) => values?.name ?? '') ?? []),
  ]);
  const inputs = (graph?.input ?? [])
    .filter(({ name }) => model.irVersion >= OVERRIDABLE_SINCE_IR || !filled.has(name))
    .map((value) => ({
      ...tensorOf('input', value),
      ...(filled.has(value.name) && { optional: true }),
    }));
  const outputs = (graph?.output ?? []).map((value) => tensorOf('output', value));
  requireDistinct('input', inputs);
  requireDistinct('output', outputs);
  const opset = defaultOpset(model.opsetImport);
  return { inputs, outputs, ...(opset !== undefined && { opset }) };
}

interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: number[];
}

function tensorOf(side: 'input' | 'output', { name, type }: ValueInfoProto): Tensor {
  const what = `${side} ${quote(name)}`;
  const value = type?.value;
  if (value?.case !== 'tensorType') throw notATensor(what, type);
  const datatype = DATATYPE_OF[value.value.elemType];
  if (datatype === undefined) {
    throw new OnnxError(
      'unsupported',
      `${what} has ONNX element type ${value.value.elemType}, expected one with an Open Inference Protocol datatype; cast it in the graph, to FLOAT for example`,
    );
  }
  if (value.value.shape === undefined) {
    throw new OnnxError(
      'unsupported',
      `${what} has no shape; run onnx.shape_inference.infer_shapes and save the result`,
    );
  }
  return { name, datatype, shape: dimensionsOf(what, value.value.shape) };
}

function dimensionsOf(what: string, shape: TensorShapeProto): number[] {
  return shape.dim.map(({ value }, index) => {
    if (value.case !== 'dimValue' || value.value < 0n) return -1;
    if (value.value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value.value);
    throw new OnnxError('unsupported', `${what}: dimension ${index} is ${value.value}, above 2^53`);
  });
}

function notATensor(what: string, type: TypeProto | undefined): OnnxError {
  const value = type?.value;
  const zipMap =
    value?.case === 'sequenceType' && value.value.elemType?.value.case === 'mapType'
      ? ' of maps (ZipMap)'
      : '';
  const found = value?.case?.replace('Type', '') ?? 'value without a type';
  const remedy =
    zipMap || value?.case === 'mapType'
      ? "convert again with options={'zipmap': False}"
      : 'export a graph that takes and gives tensors only';
  return new OnnxError(
    'unsupported',
    `${what} is a ${found}${zipMap}, expected a tensor; ${remedy}`,
  );
}

function requireDistinct(side: string, tensors: readonly Tensor[]): void {
  const seen = new Set(['']);
  const repeated = tensors.find(({ name }) => seen.size === seen.add(name).size)?.name;
  if (repeated !== undefined || tensors.length === 0) {
    throw new OnnxError(
      'unsupported',
      repeated === undefined
        ? `the graph has no ${side}; export it with at least one`
        : `${side} name ${quote(repeated)} is empty or not unique; name each ${side} once`,
    );
  }
}

function defaultOpset(
  imports: readonly { readonly domain: string; readonly version: bigint }[],
): number | undefined {
  const versions = imports
    .filter(({ domain }) => domain === '' || domain === 'ai.onnx')
    .map(({ version }) => Number(version));
  const newest = Math.max(...versions);
  return newest > 0 && Number.isSafeInteger(newest) ? newest : undefined;
}
