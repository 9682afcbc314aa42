import type { IoSchema } from '#domain/registry/io-schema.ts';

/** Answer of `GET /v2`. */
export const serverMetadata = (version: string) => ({
  name: 'assay',
  version,
  extensions: ['binary_tensor_data'],
});

type TensorMetadata = Pick<IoSchema['inputs'][number], 'name' | 'datatype' | 'shape'>;

const tensorMetadata = ({ name, datatype, shape }: TensorMetadata): TensorMetadata => ({
  name,
  datatype,
  shape,
});

/** Answer of `GET /v2/models/{model}`: what a client needs to know to write a request. */
export const modelMetadata = (model: string, version: string, io: IoSchema) => ({
  name: model,
  versions: [version],
  platform: 'onnx_onnxv1',
  // An input with a default cannot be sent (`parseInferRequest`), so it is not offered.
  inputs: io.inputs.filter(({ optional }) => !optional).map(tensorMetadata),
  outputs: io.outputs.map(tensorMetadata),
});
