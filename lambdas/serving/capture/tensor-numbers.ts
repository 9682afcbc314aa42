import { fromHalf } from '#domain/gates/half.ts';
import type { Tensor } from '#domain/serving/tensor.ts';

/** A tensor's elements as numbers, where they are any. */
export function numbersOf({ datatype, data }: Tensor): ArrayLike<number> | undefined {
  if (Array.isArray(data)) return undefined;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from(data, Number);
  }
  return datatype === 'FP16' ? Float64Array.from(data, fromHalf) : data;
}

/** Rows of a tensor: its first dimension. */
export const rowsOf = ({ shape }: Tensor): number => shape[0] ?? 1;
