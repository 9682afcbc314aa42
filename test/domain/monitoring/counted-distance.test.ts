import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numericDistribution } from '#domain/gates/performance/distribution.ts';
import { binsOf, countNumber, noCounts } from '#domain/monitoring/statistics/bins.ts';
import {
  distanceOfBins,
  distanceOfPoints,
} from '#domain/monitoring/statistics/counted-distance.ts';

const counts = (...all: number[]) => ({
  counts: Float64Array.of(...all, 0),
  ends: new Float64Array(2),
});

describe('the distance of counted points', () => {
  it('is how far the shares have to be carried', () => {
    expect(distanceOfPoints([0, 1, 3], counts(4, 0, 0), counts(0, 0, 9))).toBe(3);
    expect(distanceOfPoints([0, 1, 3], counts(1, 0, 1), counts(1, 2, 1))).toBe(0.75);
    expect(distanceOfPoints([0, 1, 3], counts(1, 2, 3), counts(2, 4, 6))).toBe(0);
  });
});

describe('the distance of binned numbers', () => {
  const binned = (reference: readonly number[], values: readonly number[]) => {
    const bins = binsOf(numericDistribution(reference));
    if (bins.kind !== 'numeric') throw new Error('no numbers');
    const of = noCounts(bins);
    for (const value of values) countNumber(bins, of, value);
    return { bins, of };
  };
  const line = Array.from({ length: 6000 }, (_, i) => i / 1000);
  const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 40 });

  it.each([0, 0.01, -0.5, 3, 100, -100])('is %f where all numbers move by as much', (by) => {
    const { bins, of } = binned(line, line);
    const moved = binned(
      line,
      line.map((value) => value + by),
    );
    expect(distanceOfBins(bins, of, moved.of)).toBeCloseTo(Math.abs(by), 2);
  });

  it('is that of a constant that falls or rises', () => {
    const { bins, of } = binned([2, 2, 2], [2, 2]);
    expect(distanceOfBins(bins, of, binned([2, 2, 2], [1, 2]).of)).toBeCloseTo(0.5, 12);
    expect(distanceOfBins(bins, of, binned([2, 2, 2], [2, 6]).of)).toBeCloseTo(2, 12);
  });

  it('is the same from both sides, never negative, and none from itself', () => {
    fc.assert(
      fc.property(numbers, numbers, numbers, (reference, some, others) => {
        const { bins, of } = binned(reference, some);
        const other = binned(reference, others).of;
        const distance = distanceOfBins(bins, of, other);
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distanceOfBins(bins, other, of)).toBeCloseTo(distance, 9);
        expect(distanceOfBins(bins, of, of)).toBe(0);
      }),
    );
  });
});
