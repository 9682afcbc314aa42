import { fromHalf } from '#domain/gates/half.ts';
import type { Table } from '#domain/gates/table.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';

/** One output of a model for one prediction. */
export interface Answer {
  readonly output: string;
  readonly datatype: Datatype;
  readonly values: ArrayLike<string | number | bigint>;
}

/** Values of one output that one prediction is looked at; an image has more. */
const MOST_VALUES = 1000;

/** Predictions as texts: a row each, and a column for each value of each output. */
export function predictionTable(predictions: readonly (readonly Answer[])[]): Table {
  const columns = new Map<string, number>();
  const rows = predictions.map((answers) => {
    const row: string[] = [];
    for (const { output, datatype, values } of answers) {
      const shown = Math.min(values.length, MOST_VALUES);
      for (let index = 0; index < shown; index++) {
        const name = values.length > 1 ? `${output}[${index}]` : output;
        const column = columns.get(name) ?? columns.size;
        columns.set(name, column);
        row[column] = textOf(datatype, values[index] ?? '');
      }
    }
    return row;
  });
  return {
    header: [...columns.keys()],
    rows: rows.map((row) => Array.from(row, (cell) => cell ?? '')),
  };
}

/** Texts of predictions that the table leaves out: numbers beyond the bound hold nothing to find. */
export const unreadAnswers = (predictions: readonly (readonly Answer[])[]): string[] => {
  const long = predictions
    .flat()
    .filter(({ datatype, values }) => datatype === 'BYTES' && values.length > MOST_VALUES);
  return [...new Set(long.map(({ output }) => output))].map(
    (output) => `predictions: texts of output ${output} after the first ${MOST_VALUES}`,
  );
};

const textOf = (datatype: Datatype, value: string | number | bigint): string =>
  String(datatype === 'FP16' ? fromHalf(Number(value)) : value);
