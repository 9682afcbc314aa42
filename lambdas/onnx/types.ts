import type { Tensor } from 'onnxruntime-node';
import type { Datatype } from '#domain/registry/io-schema.ts';

/** ONNX Runtime's name of each Open Inference Protocol datatype; its tensors have no BF16. */
export const ORT_TYPES = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
} as const satisfies Record<Exclude<Datatype, 'BF16'>, Tensor.Type>;
