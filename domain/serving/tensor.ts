import type { TensorData } from '#domain/gates/feed.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';

/** Elements in row-major order, in the memory layout of `TensorData`. */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** Whether a tensor of `shape` may stand where `pattern` is declared; -1 takes any size. */
export const shapeFits = (shape: readonly number[], pattern: readonly number[]): boolean =>
  shape.length === pattern.length &&
  pattern.every((size, axis) => size === -1 || size === shape[axis]);

/** Whether half-precision bits are neither NaN nor an infinity. */
export const isFiniteHalf = (bits: number): boolean => (bits & 0x7c00) !== 0x7c00;
