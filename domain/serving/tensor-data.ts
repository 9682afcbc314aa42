import type { TensorData } from '#domain/gates/feed.ts';
import type { Datatype, InputSpec } from '#domain/registry/io-schema.ts';
import type { Problem } from '#domain/registry/problem.ts';
import { elementOf } from './element.ts';
import { shown } from './shown.ts';
import { elementCount } from './tensor.ts';

export type DataResult =
  | { readonly ok: true; readonly data: TensorData }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Reads a tensor's `data`, flat or nested row-major, into the memory layout of its datatype.
 * Memory is taken only for elements that are there, whatever the shape claims.
 */
export function parseData(
  field: string,
  { datatype }: Pick<InputSpec, 'datatype'>,
  shape: readonly number[],
  values: unknown,
): DataResult {
  const element = elementOf(datatype);
  if (!element) return uncarried(field, datatype);
  const flat = flatten(values, shape, field);
  if (!Array.isArray(flat)) return { ok: false, problem: flat };

  const data = element.allocate(flat.length);
  for (let i = 0; i < flat.length; i++) {
    const stored = element.read(flat[i]);
    if (stored === undefined) {
      return refusedData(
        `${field}[${i}]`,
        shown(flat[i]),
        `${element.expected} (${datatype})`,
        `correct element ${i} in row-major order`,
      );
    }
    data[i] = stored;
  }
  return { ok: true, data };
}

export const refusedData = (
  field: string,
  got: string,
  expected: string,
  remedy: string,
): DataResult => ({ ok: false, problem: { field, got, expected, remedy } });

export const uncarried = (field: string, datatype: Datatype): DataResult =>
  refusedData(
    field,
    `datatype ${datatype}`,
    "a datatype that ONNX Runtime's JavaScript API carries",
    'ask the owner for a version with FP32 inputs',
  );

/** The elements in one list; a list of lists must follow the shape exactly. */
function flatten(values: unknown, shape: readonly number[], field: string): unknown[] | Problem {
  const remedy = 'send the elements in row-major order, flat or nested as the shape says';
  if (!Array.isArray(values)) {
    return { field, got: shown(values), expected: 'an array', remedy };
  }
  const nested = shape.length > 1 && Array.isArray(values[0]);
  const expected = nested ? (shape[0] ?? 1) : elementCount(shape);
  if (values.length !== expected) {
    const what = nested ? 'rows' : 'elements';
    return {
      field,
      got: `${values.length} ${what}`,
      expected: `${expected} ${what}, from shape [${shape}]`,
      remedy,
    };
  }
  return nested ? flattenRows(values, shape.slice(1), field) : values;
}

/** Below the first level, nesting is no longer a choice. */
function flattenRows(
  rows: readonly unknown[],
  shape: readonly number[],
  field: string,
): unknown[] | Problem {
  const all: unknown[] = [];
  for (const [i, row] of rows.entries()) {
    if (shape.length > 1 && shape[0] !== 0 && !(Array.isArray(row) && Array.isArray(row[0]))) {
      return {
        field: `${field}[${i}]`,
        got: shown(row),
        expected: `a list of ${shape[0]} lists, from shape [${shape}]`,
        remedy: 'nest every row down to the last dimension, or send all elements flat',
      };
    }
    const flat = flatten(row, shape, `${field}[${i}]`);
    if (!Array.isArray(flat)) return flat;
    for (const value of flat) all.push(value);
  }
  return all;
}
