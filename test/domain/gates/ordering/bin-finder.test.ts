import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinFinder } from '#domain/gates/ordering/bin-finder.ts';
import { binOf } from '#domain/gates/performance/distribution.ts';

const number = fc.oneof(
  fc.double({ noNaN: true }),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.integer({ min: -5, max: 5 }).map((value) => value + 0),
);
const ascending = fc
  .uniqueArray(fc.oneof(number.filter(Number.isFinite)), { maxLength: 59 })
  .map((edges) => edges.toSorted((a, b) => a - b).filter((edge, i, all) => edge !== all[i - 1]));

describe('BinFinder', () => {
  it('finds the bin that a search by halves finds', () => {
    fc.assert(
      fc.property(ascending, fc.array(number), (edges, values) => {
        const finder = new BinFinder(edges);
        const all = [...values, ...edges, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
        for (const value of all) expect(finder.binOf(value)).toBe(binOf(edges, value));
      }),
    );
  });

  it.each([
    ['next to each other', [1, 1 + Number.EPSILON, 1 + 2 * Number.EPSILON]],
    ['as far apart as can be', [-Number.MAX_VALUE, 0, Number.MAX_VALUE]],
    ['of which one is far out', [...Array.from({ length: 58 }, (_, i) => i), 1e300]],
    ['alone', [7]],
  ])('finds it between edges %s', (_name, edges) => {
    const finder = new BinFinder(edges);
    const between = edges.flatMap((edge) => [edge, edge * (1 - Number.EPSILON), edge + 0.5]);
    for (const value of between) expect(finder.binOf(value)).toBe(binOf(edges, value));
  });
});
