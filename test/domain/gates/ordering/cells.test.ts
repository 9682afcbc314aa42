import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellOf,
  cellsAmong,
  cellsBetween,
  countCells,
  valuesOfCells,
} from '#domain/gates/ordering/cells.ts';
import { SAMPLES } from './samples.ts';

const number = fc.double({ noNaN: true });

describe('cells', () => {
  it('never put a greater number before a lesser one, wherever they lie', () => {
    fc.assert(
      fc.property(number, number, fc.integer({ min: 3, max: 5000 }), (low, high, count) => {
        const cells = cellsBetween(low, high, count);
        if (cells === undefined) return;
        const found = [-1 / 0, -Number.MAX_VALUE, low, (low + high) / 2, high, 1 / 0]
          .toSorted((a, b) => a - b)
          .map((value) => cellOf(cells, value));
        expect(found).toEqual(found.toSorted((a, b) => a - b));
        expect(Math.max(...found)).toBeLessThan(count);
      }),
    );
  });

  it.each([
    ['nothing lies between', 3, 3],
    ['it runs backwards', 3, 2],
    ['it is wider than a double', -Number.MAX_VALUE, Number.MAX_VALUE],
    ['it has no end', 0, Number.POSITIVE_INFINITY],
  ])('are none where %s', (_name, low, high) => {
    expect(cellsBetween(low, high, 10)).toBeUndefined();
  });

  it.each(SAMPLES)('hold every value once, or are not made: %s', (_name, values) => {
    const cells = cellsAmong(values);
    if (cells === undefined) return;
    const counts = countCells(cells, values);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
    const found = valuesOfCells(cells, values, counts, [...counts.keys()]);
    expect(found.map(({ length }) => length)).toEqual([...counts]);
    const ends = found
      .filter(({ length }) => length > 0)
      .flatMap((of) => [Math.min(...of.slice(0, 9)), Math.max(...of.slice(0, 9))]);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  });

  it('are made of what is spread, and not of what is crowded', () => {
    const made = SAMPLES.filter(([, values]) => cellsAmong(values)).map(([name]) => name);
    expect(made).toEqual(
      expect.arrayContaining(['normal', 'skewed', 'whole', 'in order', 'with one far out']),
    );
    expect(made).not.toContain('mostly nought');
    expect(made).not.toContain('all the same');
  });
});
