import type { Feed } from '#domain/gates/feed.ts';
import { fromHalf } from '#domain/gates/half.ts';
import type { InputSpec } from '#domain/registry/io-schema.ts';

/** One feature's values, row by row, as the model took them. */
export type FeatureColumn = { readonly name: string; readonly input: string } & (
  | { readonly kind: 'numeric'; readonly values: Float64Array }
  /** The empty text is missing. */
  | { readonly kind: 'categorical'; readonly values: readonly string[] }
);

/** Texts, booleans and inputs with declared values are categories; other numbers are not. */
export function featureColumns(
  inputs: readonly InputSpec[],
  feeds: readonly Feed[],
): readonly (() => FeatureColumn)[] {
  return feeds.flatMap((feed) => {
    const input = inputs.find(({ name }) => name === feed.name);
    const names = input?.features ?? [feed.name];
    return names.map((name, offset) => () => {
      const of = { name, input: feed.name };
      const cells = cellsOf(feed, offset);
      const listed = input?.domain !== undefined && 'values' in input.domain;
      return feed.datatype === 'BYTES' || feed.datatype === 'BOOL' || listed
        ? { ...of, kind: 'categorical', values: cells.map((cell) => category(cell, feed)) }
        : { ...of, kind: 'numeric', values: Float64Array.from(cells, Number) };
    });
  });
}

function cellsOf({ data, datatype, width }: Feed, offset: number): (number | bigint | string)[] {
  return Array.from({ length: data.length / width }, (_, row) => {
    const cell = data[row * width + offset] as number | bigint | string;
    return datatype === 'FP16' ? fromHalf(Number(cell)) : cell;
  });
}

function category(cell: number | bigint | string, { datatype }: Feed): string {
  if (datatype === 'BOOL') return cell ? 'true' : 'false';
  return Number.isNaN(cell) ? '' : String(cell);
}
