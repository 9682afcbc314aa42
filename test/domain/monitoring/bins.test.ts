import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  categoricalDistribution,
  numericDistribution,
} from '#domain/gates/performance/distribution.ts';
import {
  binsOf,
  countCategory,
  countNumber,
  type FeatureCounts,
  knownCounts,
  mergeCounts,
  missingOf,
  noCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { totalOf } from '#domain/monitoring/statistics/chi-square.ts';
import { grouped, grouping } from '#domain/monitoring/statistics/regroup.ts';

const counted = (reference: readonly number[], values: readonly number[]): FeatureCounts => {
  const bins = binsOf(numericDistribution(reference));
  const counts = noCounts(bins);
  for (const value of values) countNumber(bins, counts, value);
  return counts;
};
const range = (length: number) => Array.from({ length }, (_, i) => i);
const numbers = fc.array(
  fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.integer({ min: -2, max: 2 })),
  { minLength: 1, maxLength: 200 },
);

describe('bins of numbers', () => {
  it('count the reference as its profile does', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const found = counted(values, values);
        const expected = referenceCounts(numericDistribution(values));
        expect(found.counts).toEqual(expected.counts);
        expect(found.ends[0]).toBeCloseTo(expected.ends[0] ?? Number.NaN, 3);
        expect(found.ends[1]).toBeCloseTo(expected.ends[1] ?? Number.NaN, 3);
      }),
    );
  });

  it('see a constant rise, and fall', () => {
    const constant = [5, 5, 5];
    const bins = binsOf(numericDistribution(constant));
    const [below, at, above] = [4.999, 5, 5.001].map(
      (value) => knownCounts(counted(constant, [value])) ?? [],
    );
    expect(bins.known).toBe(3);
    expect([...(below ?? [])]).toEqual([1, 0, 0]);
    expect([...(at ?? [])]).toEqual([0, 1, 0]);
    expect([...(above ?? [])]).toEqual([0, 0, 1]);
  });

  it.each([0, -0, -7.5, Number.MIN_VALUE, -Number.MAX_VALUE])(
    'have room below a lowest value of %s',
    (least) => {
      const found = counted([least, least, 3, 4], [least, Number.NEGATIVE_INFINITY]);
      expect([...found.counts].slice(0, 2)).toEqual([1, 1]);
    },
  );

  it('count NaN as missing and infinities in the ends, and keep sums finite', () => {
    const found = counted(range(120), [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(missingOf(found)).toEqual({ hits: 1, of: 4 });
    expect([...found.ends]).toEqual([-Number.MAX_VALUE, Number.MAX_VALUE]);
  });

  it('add up in any order and grouping', () => {
    fc.assert(
      fc.property(numbers, numbers, numbers, (a, b, c) => {
        const [one, two, three] = [a, b, c].map((values) => counted(range(120), values));
        if (!one || !two || !three) throw new Error('three samples');
        const left = mergeCounts(mergeCounts(one, two), three);
        const right = mergeCounts(one, mergeCounts(three, two));
        const all = counted(range(120), [...a, ...b, ...c]);
        expect(left.counts).toEqual(right.counts);
        expect(left.counts).toEqual(all.counts);
        for (const end of [0, 1]) {
          expect(left.ends[end]).toBeCloseTo(right.ends[end] ?? Number.NaN, 3);
          expect(left.ends[end]).toBeCloseTo(all.ends[end] ?? Number.NaN, 3);
        }
      }),
    );
  });

  it('of another reference are not added', () => {
    expect(() => mergeCounts(counted([1, 2], []), counted([1], []))).toThrow(
      'got 5 and 4 bins; expected counts of the same reference',
    );
  });
});

describe('bins of categories', () => {
  const place = (reference: readonly string[], value: string) => {
    const bins = binsOf(categoricalDistribution(reference));
    const counts = noCounts(bins);
    countCategory(bins, counts, value);
    return counts.counts.indexOf(1);
  };

  it('tell known, new and missing values', () => {
    const reference = ['a', 'b', 'a', ''];
    expect(place(reference, 'a')).toBe(0);
    expect(place(reference, 'b')).toBe(1);
    expect(place(reference, 'c')).toBe(3);
    expect(place(reference, '')).toBe(4);
    expect([...referenceCounts(categoricalDistribution(reference)).counts]).toEqual([
      2, 1, 0, 0, 1,
    ]);
  });

  it('call nothing new that the reference may have had beyond its 64 names', () => {
    expect(
      place(
        range(70).map((i) => `c${i}`),
        'unheard',
      ),
    ).toBe(64);
  });

  it('take numbers by their text', () => {
    const bins = binsOf(categoricalDistribution(['1', '2']));
    const counts = noCounts(bins);
    countNumber(bins, counts, 2);
    countNumber(bins, counts, Number.NaN);
    expect([...counts.counts]).toEqual([0, 1, 0, 0, 1]);
  });
});

describe('a feature that was always missing', () => {
  it('has one bin for any value that comes', () => {
    const bins = binsOf({ kind: 'empty', missing: 9 });
    const counts = noCounts(bins);
    countNumber(bins, counts, 3);
    countCategory(bins, counts, 'x');
    countCategory(bins, counts, '');
    expect([...counts.counts]).toEqual([2, 1]);
    expect([...referenceCounts({ kind: 'empty', missing: 9 }).counts]).toEqual([0, 9]);
  });
});

describe('groups of bins', () => {
  it('hold equal shares of the reference, and all of it', () => {
    const reference = numericDistribution(range(6000).map((i) => i * 0.7));
    const bins = binsOf(reference);
    const known = knownCounts(referenceCounts(reference));
    for (const groups of [60, 30, 20, 10]) {
      const rows = grouped(known, grouping(bins, known, groups, 1000));
      expect(rows).toHaveLength(groups);
      for (const count of rows) expect(Math.abs(count - 6000 / groups)).toBeLessThanOrEqual(1);
    }
  });

  it('keep a heavy value, and what lies beside a constant, by themselves', () => {
    const constant = numericDistribution([5, 5, 5]);
    const known = knownCounts(referenceCounts(constant));
    expect([...grouping(binsOf(constant), known, 10, 1000)]).toEqual([0, 1, 2]);
  });

  it('lose no row', () => {
    fc.assert(
      fc.property(numbers, numbers, (reference, values) => {
        const distribution = numericDistribution(reference);
        const of = grouping(
          binsOf(distribution),
          knownCounts(referenceCounts(distribution)),
          10,
          values.length,
        );
        const known = knownCounts(counted(reference, values));
        expect(totalOf(grouped(known, of))).toBe(values.length);
      }),
    );
  });

  it('join rare categories, never the new ones', () => {
    const reference = categoricalDistribution([
      ...new Array(900).fill('a'),
      ...new Array(97).fill('b'),
      'c',
      'd',
      'e',
    ]);
    const known = knownCounts(referenceCounts(reference));
    const of = grouping(binsOf(reference), known, 10, 1000);
    expect([...of]).toEqual([0, 1, 2, 2, 2, 2, 3]);
    expect([...grouped(known, of)]).toEqual([900, 97, 3, 0]);
  });
});
