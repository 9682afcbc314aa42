import { type Cells, cellOf, cellsBetween } from './cells.ts';

const CELLS = 1024;
const ONE: Cells = { low: 0, perUnit: 0, last: 0 };

/**
 * Finds the right-closed bins of many numbers between the same edges (ascending, each once): a cell
 * names the first bin that its numbers may be in, and most cells have no edge inside.
 */
export class BinFinder {
  readonly #cells: Cells;
  readonly #first: Uint16Array;
  /** Ends with NaN, which nothing is above. */
  readonly #edges: Float64Array;

  constructor(edges: readonly number[]) {
    this.#cells = cellsBetween(edges[0] ?? 0, edges.at(-1) ?? 0, CELLS) ?? ONE;
    this.#edges = Float64Array.of(...edges, Number.NaN);
    this.#first = new Uint16Array(CELLS);
    for (const edge of edges) {
      const next = cellOf(this.#cells, edge) + 1;
      if (next < CELLS) this.#first[next] = (this.#first[next] as number) + 1;
    }
    for (let cell = 1; cell < CELLS; cell++) {
      this.#first[cell] = (this.#first[cell] as number) + (this.#first[cell - 1] as number);
    }
  }

  /** Of any number but NaN. */
  binOf(value: number): number {
    let bin = this.#first[cellOf(this.#cells, value)] as number;
    while ((this.#edges[bin] as number) < value) bin++;
    return bin;
  }
}
