import { type RowSource, UnreadableRows } from '#domain/gates/dataset/rows.ts';
import type { MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import {
  type ComparedColumn,
  type ComparedPair,
  type Comparison,
  compareTables,
} from '#domain/monitoring/report/comparison.ts';
import {
  binsOf,
  countCategory,
  countNumber,
  noCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { NumberCounter } from '#domain/monitoring/statistics/number-counter.ts';
import { countPair } from '#domain/monitoring/statistics/pair-bins.ts';
import { localFile } from '#node/rows/data-file.ts';
import { openRows } from '#node/rows/open-rows.ts';
import { columnPairs } from './column-pairs.ts';
import { ColumnValues, cellCategory, cellNumber } from './column-values.ts';
import { type CompareOptions, chosenColumns } from './compared-columns.ts';
import { cannotRead, Failure, failed } from './failure.ts';

/**
 * Judges the rows of a file as a window beside a reference's. Of the reference 8 bytes a number are
 * held, of the other file counts only.
 *
 * @throws Failure for files that cannot be read, have no rows, or not the same columns
 */
export async function compareFiles(
  paths: { readonly reference: string; readonly current: string },
  options: CompareOptions,
  policy: MonitoringPolicy,
): Promise<Comparison> {
  const [before, now] = [await rowsOf(paths.reference), await rowsOf(paths.current)];
  const chosen = chosenColumns(paths, { reference: before.header, current: now.header }, options);
  const isLabel = ({ name }: { readonly name: string }) => name === options.label;
  const reference = await readReference(paths.reference, before, chosen.all, isLabel);
  const current = await countInto(paths.current, now, reference.columns, reference.pairs);
  return compareTables(
    {
      reference: { file: paths.reference, rows: reference.rows },
      current: { file: paths.current, rows: current.rows },
      columns: reference.columns.filter((column) => !isLabel(column)),
      pairs: reference.pairs,
      label: reference.columns.find(isLabel),
      notes: [...chosen.notes, ...reference.notes, ...current.notes],
    },
    policy,
  );
}

interface Read {
  readonly rows: number;
  readonly notes: readonly string[];
}

async function readReference(
  path: string,
  { header, batches }: RowSource,
  names: readonly string[],
  isLabel: (column: ComparedColumn) => boolean,
): Promise<
  Read & { readonly columns: readonly ComparedColumn[]; readonly pairs: readonly ComparedPair[] }
> {
  const columns = names.map((name) => ({
    name,
    at: header.indexOf(name),
    values: new ColumnValues(),
  }));
  const rows = await eachRow(path, batches, (cells) => {
    for (const { at, values } of columns) values.add(cells[at] ?? '');
  });
  const notes: string[] = [];
  const distributed = columns.flatMap(({ name, values }) => {
    const taken = values.taken();
    if (taken === undefined) {
      notes.push(`${name} is not compared: too many different texts to be categories`);
      return [];
    }
    const bins = binsOf(taken.distribution);
    const column = { name, reference: taken.distribution, bins, current: noCounts(bins) };
    return [{ column, values: taken.values }];
  });
  const pairs = columnPairs(distributed.filter(({ column }) => !isLabel(column)));
  return { rows, notes, columns: distributed.map(({ column }) => column), pairs };
}

async function countInto(
  path: string,
  { header, batches }: RowSource,
  columns: readonly ComparedColumn[],
  pairs: readonly ComparedPair[],
): Promise<Read> {
  const at = columns.map(({ name }) => header.indexOf(name));
  const counters = columns.map(({ bins, current }) =>
    bins.kind === 'numeric' ? new NumberCounter(bins, current) : undefined,
  );
  const paired = pairs.map(({ pair, first, second, current }) => ({
    ...{ pair, current },
    first: counters[columns.indexOf(first)],
    second: counters[columns.indexOf(second)],
  }));
  const texts = new Float64Array(columns.length);
  const rows = await eachRow(path, batches, (cells) => {
    for (let i = 0; i < columns.length; i++) {
      const { bins, current } = columns[i] as ComparedColumn;
      const cell = cells[at[i] as number] ?? '';
      if (bins.kind === 'categorical') {
        countCategory(bins, current, cellCategory(cell));
        continue;
      }
      const number = cellNumber(cell);
      const counter = counters[i];
      if (counter === undefined) {
        countNumber(bins, current, number ?? 0);
        continue;
      }
      if (number === undefined) texts[i] = (texts[i] as number) + 1;
      counter.count(number ?? Number.NaN);
    }
    for (const { pair, first, second, current } of paired) {
      if (first && second) countPair(pair, current, first.bin, second.bin);
    }
  });
  const notes = columns.flatMap(({ name }, i) =>
    texts[i] ? [`${name}: ${texts[i]} cells of ${path} are no numbers and count as missing`] : [],
  );
  return { rows, notes };
}

async function eachRow(
  path: string,
  batches: RowSource['batches'],
  use: (cells: readonly string[]) => void,
): Promise<number> {
  let rows = 0;
  for await (const batch of readable(batches)) {
    rows += batch.length;
    for (const cells of batch) use(cells);
  }
  if (rows > 0) return rows;
  throw failed({
    field: path,
    got: 'no rows',
    expected: 'rows below the header',
    remedy: 'export them again',
  });
}

async function* readable(batches: RowSource['batches']): RowSource['batches'] {
  try {
    yield* batches;
  } catch (error) {
    throw unreadable(error);
  }
}

const unreadable = (error: unknown): unknown =>
  error instanceof UnreadableRows ? new Failure(error.message, { cause: error }) : error;

async function rowsOf(path: string): Promise<RowSource> {
  const file = await localFile(path).catch((cause: unknown) => {
    const expected = 'a file that can be read';
    throw cannotRead(path, { expected, remedy: 'correct the path' }, cause);
  });
  try {
    return await openRows(file);
  } catch (error) {
    throw unreadable(error);
  }
}
