import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Feed } from '#domain/gates/feed.ts';
import { fromHalf } from '#domain/gates/half.ts';
import type { OutputColumn } from '#domain/gates/performance/predictions.ts';
import { Tensor } from './runtime.ts';
import { ORT_TYPES } from './types.ts';

/** The tensors of a batch by input name, each of shape [rows, ...rowShape]. */
export function tensorsOf(feeds: readonly Feed[]): Readonly<Record<string, OrtTensor>> {
  return Object.fromEntries(feeds.map((feed) => [feed.name, tensorOf(feed)]));
}

function tensorOf({ name, datatype, rowShape, width, data }: Feed): OrtTensor {
  if (datatype === 'BF16') throw new TypeError(`input ${name} is BF16, which has no tensor here`);
  const dims = [data.length / width, ...rowShape];
  // Its constructor has one overload for each type; on Node 24 half precision has an array of its own.
  const values = datatype === 'FP16' ? halfArray(data as Uint16Array) : data;
  return new Tensor(ORT_TYPES[datatype], values as Float32Array, dims);
}

function halfArray(bits: Uint16Array): unknown {
  const { Float16Array: Half } = globalThis as { Float16Array?: typeof Uint16Array };
  return Half ? new Half(bits.buffer, bits.byteOffset, bits.length) : bits;
}

/** An output of a batch as numbers or texts; undefined when its first dimension is not the batch. */
export function columnOf(name: string, tensor: OrtTensor, rows: number): OutputColumn | undefined {
  if (tensor.dims[0] !== rows || rows === 0) return undefined;
  return { name, width: tensor.size / rows, values: valuesOf(tensor) };
}

function valuesOf({ data, type }: OrtTensor): Float64Array | readonly string[] {
  if (Array.isArray(data)) return data;
  if (type === 'float16' && (data as unknown) instanceof Uint16Array) {
    return Float64Array.from(data as Uint16Array, fromHalf);
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from(data, Number);
  }
  return Float64Array.from(data as Float32Array);
}
