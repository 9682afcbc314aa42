import { ascending } from './ascending.ts';
import { type Cells, cellsAmong, countCells, valuesOfCells } from './cells.ts';

export interface Ranked {
  readonly value: number;
  /** How many values are not above it. */
  readonly atMost: number;
}

/** Fewer are sorted. */
const MANY = 4096;

/**
 * What stands at these ranks (ascending, from 0) once the values are sorted; only those near a rank
 * are. None may be NaN.
 */
export function atRanks(values: Float64Array, ranks: readonly number[]): Ranked[] {
  const cells = values.length < MANY ? undefined : cellsAmong(values);
  return cells === undefined ? sortedAtRanks(values, ranks) : cellsAtRanks(cells, values, ranks);
}

function cellsAtRanks(cells: Cells, values: Float64Array, ranks: readonly number[]): Ranked[] {
  const counts = countCells(cells, values);
  const held = ranksByCell(counts, ranks);
  const wanted = held.map(({ cell }) => cell);
  const found = valuesOfCells(cells, values, counts, wanted);
  return held.flatMap(({ before, ranks: within }, i) => {
    const part = found[i] as Float64Array;
    // Where one cell holds most after all, there might be no end of dividing it.
    const ranked = (2 * part.length > values.length ? sortedAtRanks : atRanks)(part, within);
    return ranked.map(({ value, atMost }) => ({ value, atMost: before + atMost }));
  });
}

interface Held {
  readonly cell: number;
  /** Values in the cells before. */
  readonly before: number;
  /** Among the cell's own. */
  readonly ranks: number[];
}

function ranksByCell(counts: Uint32Array, ranks: readonly number[]): Held[] {
  const held: Held[] = [];
  let [cell, before] = [0, 0];
  for (const rank of ranks) {
    while (before + (counts[cell] as number) <= rank) before += counts[cell++] as number;
    if (held.at(-1)?.cell !== cell) held.push({ cell, before, ranks: [] });
    held.at(-1)?.ranks.push(rank - before);
  }
  return held;
}

function sortedAtRanks(values: Float64Array, ranks: readonly number[]): Ranked[] {
  const sorted = ascending(values.slice());
  let atMost = 0;
  return ranks.map((rank) => {
    const value = sorted[rank] as number;
    atMost = Math.max(atMost, rank + 1);
    while (sorted[atMost] === value) atMost++;
    return { value, atMost };
  });
}
