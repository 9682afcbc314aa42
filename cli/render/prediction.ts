import type { InferAnswer } from '../api-schemas.ts';
import type { ModelRef } from '../model-ref.ts';
import type { Style } from '../output.ts';
import { table } from './table.ts';
import { cut, shown } from './text.ts';

/** Rows shown of a batch; the rest is in the JSON. */
const SHOWN_ROWS = 20;
const CELL_WIDTH = 50;

/** A row per item of the batch, a column per output. */
export function predictionView(
  { model, version }: ModelRef,
  answer: InferAnswer,
  { colors }: Style,
): string {
  const { outputs } = answer;
  const items = Math.max(0, ...outputs.map(({ shape }) => shape[0] ?? 1));
  const shownRows = Math.min(items, SHOWN_ROWS);
  const columns = outputs.map((output) => rowsOf(output));
  const served = answer.model_version ?? version;
  return [
    `${colors.bold(answer.model_name ?? model)}${served ? ` ${served}` : ''}, ${items} ${items === 1 ? 'row' : 'rows'}`,
    table(
      ['#', ...outputs.map(({ name, datatype }) => `${name} (${datatype})`)],
      Array.from({ length: shownRows }, (_, at) => [
        String(at + 1),
        ...columns.map((rows) => rows[at] ?? ''),
      ]),
      colors,
    ),
    ...(items > shownRows ? [`and ${items - shownRows} more; see --json`] : []),
  ].join('\n');
}

/** The flat (or nested) data of one output, cut into items of its batch. */
function rowsOf({ data, shape }: InferAnswer['outputs'][number]): string[] {
  const flat = data.flat(Number.POSITIVE_INFINITY);
  const count = shape[0] ?? 1;
  const width = count > 0 ? Math.ceil(flat.length / count) : 0;
  return Array.from({ length: Math.min(count, SHOWN_ROWS) }, (_, at) =>
    cut(
      flat
        .slice(at * width, (at + 1) * width)
        .map(shown)
        .join('  '),
      CELL_WIDTH,
    ),
  );
}
