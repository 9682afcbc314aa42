import { parseDecimal } from '#domain/gates/feed.ts';
import { ProblemList, type Table } from '#domain/gates/table.ts';
import type { Measured } from './measured.ts';
import { quantile } from './quantile.ts';

/** Rows that have something in common. */
export interface Slice {
  readonly name: string;
  /** Indexes of its rows, ascending. */
  readonly rows: readonly number[];
}

/** A numeric column with this many values or fewer is taken for codes. */
const CODES = 10;

/**
 * Cuts rows by a column: by value, or a numeric column of more than ten values at its quartiles
 * (by nearest rank, right-closed; equal quartiles join). Empty cells and NaN are a slice too.
 */
export function sliceBy(column: string, table: Table): Measured<readonly Slice[]> {
  const at = table.header.indexOf(column);
  if (at < 0 || table.header.lastIndexOf(column) !== at) {
    const found = new ProblemList();
    found.cells(column, table, 'a value to slice by', () => true);
    return { ok: false, verdict: 'inconclusive', reason: found.reason };
  }
  const cells = table.rows.map((row) => row[at]?.trim() ?? '');
  const numbers = cells.map(parseDecimal);
  const numeric = cells.every((cell, row) => cell === '' || numbers[row] !== undefined);
  const known = numbers.filter((value): value is number => Number.isFinite(value));
  const name =
    numeric && new Set(known).size > CODES
      ? quartileNames(Float64Array.from(known).sort())
      : (_: number | undefined, cell: string) => cell;
  const slices = new Map<string, number[]>();
  cells.forEach((cell, row) => {
    const value = numbers[row];
    const missing = cell === '' || Number.isNaN(value);
    const key = missing ? MISSING : name(value, cell);
    const rows = slices.get(key);
    if (rows) rows.push(row);
    else slices.set(key, [row]);
  });
  return { ok: true, value: [...slices].map(([key, rows]) => ({ name: key, rows })) };
}

const MISSING = '(missing)';

function quartileNames(ascending: Float64Array): (value: number | undefined) => string {
  const edges = [...new Set([0.25, 0.5, 0.75].map((q) => quantile(ascending, q)))];
  const names = [
    `≤ ${edges[0]}`,
    ...edges.slice(1).map((edge, below) => `${edges[below]} to ${edge}`),
    `> ${edges.at(-1)}`,
  ];
  return (value = Number.NaN) => {
    const bin = edges.findIndex((edge) => value <= edge);
    return names.at(bin) as string;
  };
}
