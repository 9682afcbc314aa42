import { ascending } from '#domain/gates/ordering/ascending.ts';
import { type Cells, cellsAmong, countCells, valuesOfCells } from '#domain/gates/ordering/cells.ts';

/** Whole numbers: each value of one sample is a step up, of the other a step down. */
interface Steps {
  readonly up: number;
  readonly down: number;
}

/** A part of the way, walked in the order of the values. */
interface Part {
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** The gap before it. */
  readonly from: number;
}

/** Fewer are sorted. */
const MANY = 4096;

/**
 * How far apart two samples get, in steps. The gap is known at the end of every cell, and only the
 * cells that may take it further are looked into. None of the values may be NaN.
 */
export const greatestGap = (a: Float64Array, b: Float64Array, steps: Steps): number =>
  furthestIn({ a, b, from: 0 }, steps, 0);

/** @param least what the gap reaches elsewhere */
function furthestIn(part: Part, steps: Steps, least: number): number {
  const cells = rowsOf(part) < MANY ? undefined : cellsAmong(part.a, part.b);
  return cells === undefined
    ? Math.max(least, furthestSorted(part, steps))
    : furthestByCells(cells, part, steps, least);
}

function furthestByCells(cells: Cells, part: Part, steps: Steps, least: number): number {
  const [counts, others] = [countCells(cells, part.a), countCells(cells, part.b)];
  const { gaps, furthest } = gapsOf(counts, others, steps, part.from);
  let most = Math.max(least, furthest);
  const mayExceed = (cell: number): boolean =>
    reach(gaps[cell] as number, counts[cell] as number, others[cell] as number, steps) > most;
  const wanted = Array.from(gaps.keys()).filter(mayExceed);
  const some = valuesOfCells(cells, part.a, counts, wanted);
  const rest = valuesOfCells(cells, part.b, others, wanted);
  wanted.forEach((cell, i) => {
    if (!mayExceed(cell)) return;
    const [a, b] = [some[i] as Float64Array, rest[i] as Float64Array];
    const inside = { a, b, from: gaps[cell] as number };
    // Where one cell holds most after all, there might be no end of dividing it.
    most =
      2 * rowsOf(inside) > rowsOf(part)
        ? Math.max(most, furthestSorted(inside, steps))
        : furthestIn(inside, steps, most);
  });
  return most;
}

const rowsOf = ({ a, b }: Part): number => a.length + b.length;

/** The gap before each cell, and its greatest size at any of their ends. */
function gapsOf(counts: Uint32Array, others: Uint32Array, { up, down }: Steps, from: number) {
  const gaps = new Float64Array(counts.length);
  let [gap, furthest] = [from, 0];
  for (let cell = 0; cell < counts.length; cell++) {
    gaps[cell] = gap;
    gap += (counts[cell] as number) * up - (others[cell] as number) * down;
    furthest = Math.max(furthest, Math.abs(gap));
  }
  return { gaps, furthest };
}

/** How far the gap would get if all of one sample's values came before the other's. */
const reach = (gap: number, a: number, b: number, { up, down }: Steps): number =>
  Math.max(gap + a * up, b * down - gap);

function furthestSorted({ a: one, b: other, from }: Part, { up, down }: Steps): number {
  const [a, b] = [ascending(one.slice()), ascending(other.slice())];
  let [i, j, gap, most] = [0, 0, from, 0];
  while (i < a.length && j < b.length) {
    const x = a[i] as number;
    const y = b[j] as number;
    if (x <= y) {
      gap += up;
      while (++i < a.length && a[i] === x) gap += up;
    }
    if (y <= x) {
      gap -= down;
      while (++j < b.length && b[j] === y) gap -= down;
    }
    const size = gap < 0 ? -gap : gap;
    if (size > most) most = size;
  }
  return most;
}
