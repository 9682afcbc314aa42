import { ascendingSample } from './sample.ts';

/** Cells of equal width that follow each other; the first and the last are open. */
export interface Cells {
  readonly low: number;
  readonly perUnit: number;
  readonly last: number;
}

/** The cell of a number; never before that of a lesser one. Of NaN there is none: it gets the first. */
export function cellOf({ low, perUnit, last }: Cells, value: number): number {
  const at = (value - low) * perUnit;
  return at > 0 ? (at < last ? at | 0 : last) : 0;
}

/**
 * @param count of cells, at least three
 * @returns undefined where nothing lies between low and high, or more than a double can hold
 */
export function cellsBetween(low: number, high: number, count: number): Cells | undefined {
  const perUnit = (count - 2) / (high - low);
  return perUnit > 0 && perUnit < Number.POSITIVE_INFINITY
    ? { low, perUnit, last: count - 1 }
    : undefined;
}

const ROWS_A_CELL = 16;
/** Their counts, 256 KiB, stay in a processor's second cache. */
const MOST_CELLS = 65_536;
/** Of each end of the sample: what is far out must not make the cells wide. */
const OUTER = 1 / 64;
/** Of the sample, in one cell: the others are then about as unequal. */
const CROWD = 1 / 8;

/**
 * Cells over where most of the values lie, by a sample of them. None may be NaN.
 *
 * @returns undefined where one cell would hold an eighth of them: sorting is quicker
 */
export function cellsAmong(values: Float64Array, others = values): Cells | undefined {
  const sample = ascendingSample(values, others);
  const outer = Math.floor(sample.length * OUTER);
  const cells = cellsBetween(
    sample[outer] as number,
    sample[sample.length - 1 - outer] as number,
    Math.max(3, Math.min(MOST_CELLS, Math.ceil((values.length + others.length) / ROWS_A_CELL))),
  );
  return cells && !isCrowded(cells, sample) ? cells : undefined;
}

function isCrowded(cells: Cells, sample: Float64Array): boolean {
  const many = Math.floor(sample.length * CROWD);
  const later = sample.subarray(many);
  return later.some((value, i) => cellOf(cells, value) === cellOf(cells, sample[i] as number));
}

/** How many values are in each cell. */
export function countCells(cells: Cells, values: Float64Array): Uint32Array {
  const counts = new Uint32Array(cells.last + 1);
  for (let i = 0; i < values.length; i++) {
    const cell = cellOf(cells, values[i] as number);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return counts;
}

/** The values of some of the cells, each cell's by themselves and as they came. */
export function valuesOfCells(
  cells: Cells,
  values: Float64Array,
  counts: Uint32Array,
  wanted: readonly number[],
): Float64Array[] {
  const places = new Int32Array(counts.length).fill(-1);
  let end = 0;
  for (const cell of wanted) {
    places[cell] = end;
    end += counts[cell] as number;
  }
  const all = new Float64Array(end);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const cell = cellOf(cells, value);
    const place = places[cell] as number;
    if (place < 0) continue;
    all[place] = value;
    places[cell] = place + 1;
  }
  return wanted.map((cell) => {
    const past = places[cell] as number;
    return all.subarray(past - (counts[cell] as number), past);
  });
}
