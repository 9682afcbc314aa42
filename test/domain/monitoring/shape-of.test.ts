import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  categoricalDistribution,
  numericDistribution,
} from '#domain/gates/performance/distribution.ts';
import type { Distribution } from '#domain/gates/performance/reference-profile.ts';
import { shapeOf } from '#domain/monitoring/report/shape-of.ts';
import {
  binsOf,
  countCategory,
  countNumber,
  noCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';

function shape(reference: Distribution, values: readonly (number | string)[]) {
  const bins = binsOf(reference);
  const current = noCounts(bins);
  for (const value of values) {
    if (typeof value === 'number') countNumber(bins, current, value);
    else countCategory(bins, current, value);
  }
  return shapeOf(bins, referenceCounts(reference), current);
}

const total = (shares: readonly number[]) => shares.reduce((sum, share) => sum + share, 0);

describe('the shape of a window beside its reference', () => {
  it('has at most twenty groups, each with a name, of shares that sum to one', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const some = fc.array(number, { minLength: 1, maxLength: 200 });
    const texts = fc.array(fc.string({ minLength: 1, maxLength: 2 }), {
      minLength: 1,
      maxLength: 200,
    });
    const check = (drawn: ReturnType<typeof shape>): void => {
      expect(drawn?.labels.length).toBeLessThanOrEqual(20);
      expect(drawn?.reference).toHaveLength(drawn?.labels.length ?? 0);
      expect(total(drawn?.reference ?? [])).toBeCloseTo(1, 2);
      expect(total(drawn?.current ?? [])).toBeCloseTo(1, 2);
    };
    fc.assert(
      fc.property(some, some, (one, other) => check(shape(numericDistribution(one), other))),
    );
    fc.assert(
      fc.property(texts, texts, (one, other) => check(shape(categoricalDistribution(one), other))),
    );
  });

  it('groups neighbouring bins and says where they end', () => {
    const reference = numericDistribution(Array.from({ length: 6000 }, (_, i) => i + 1));
    const drawn = shape(reference, [1, 6001]);
    expect(drawn?.labels.slice(0, 2)).toEqual(['≤ 300', '300 to 600']);
    expect(drawn?.labels.at(-1)).toBe('> 5700');
    expect(drawn?.reference.every((share) => Math.abs(share - 0.05) < 0.001)).toBe(true);
    expect([drawn?.current[0], drawn?.current[10], drawn?.current[19]]).toEqual([0.5, 0, 0.5]);
  });

  it('names a category that was rare and no longer is, and tells new ones apart', () => {
    const often = Array.from({ length: 400 }, (_, i) => `c${i % 40}`);
    const reference = categoricalDistribution([...often, 'rare']);
    const drawn = shape(reference, [...Array(9).fill('rare'), 'never seen']);
    const at = drawn?.labels.indexOf('rare') ?? -1;
    expect(drawn?.current[at]).toBe(0.9);
    expect(drawn?.labels.slice(-2)).toEqual(['__OTHER__', '__NEW__']);
    expect(drawn?.current.at(-1)).toBe(0.1);
  });

  it('is none where a side has no values', () => {
    const reference = numericDistribution([1, 2, 3]);
    expect(shape(reference, [Number.NaN])).toBeUndefined();
    expect(shape(numericDistribution([Number.NaN]), [1])).toBeUndefined();
  });
});
