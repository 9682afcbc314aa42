import type { Tensor } from '#domain/serving/tensor.ts';

/** An answer and when it is no longer given. Nobody writes to its tensors. */
export interface KeptAnswer {
  readonly outputs: readonly Tensor[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What V8 takes for a tensor's object, name, shape and array, beside the elements. */
const TENSOR_BYTES = 400;
/** A text of V8 has a header; its characters take one byte or two. */
const TEXT_BYTES = 24;

/** Memory that an answer takes, within the heap and outside of it. */
export const answerBytes = (outputs: readonly Tensor[]): number =>
  outputs.reduce((sum, { data }) => sum + TENSOR_BYTES + dataBytes(data), 0);

const dataBytes = (data: Tensor['data']): number =>
  Array.isArray(data)
    ? data.reduce((sum, text) => sum + TEXT_BYTES + 2 * text.length, 0)
    : data.byteLength;

/**
 * The same tensors in memory of their own: a view would keep all of its buffer alive, and an
 * engine may use that again.
 */
export const ownCopy = (outputs: readonly Tensor[]): readonly Tensor[] =>
  outputs.map(({ name, datatype, shape, data }) => ({
    name,
    datatype,
    shape: [...shape],
    data: data.slice(),
  }));
