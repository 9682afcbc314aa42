import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  above,
  BUCKET_RATIO,
  bucketOf,
  bucketsFor,
  merged,
  quantileBucket,
  total,
  upperEdgeMs,
} from '#domain/rollout/histogram.ts';
import type { Histogram } from '#domain/rollout/observation.ts';

const latencies = fc.array(fc.double({ min: 0.01, max: 60_000, noNaN: true }), {
  minLength: 1,
  maxLength: 200,
});
const histogram = (values: readonly number[]): Histogram =>
  values.reduce<Histogram>((sum, ms) => merged(sum, [[bucketOf(ms), 1]]), []);

describe('a histogram of latencies', () => {
  it('reads every quantile 2 % too high at most', () => {
    fc.assert(
      fc.property(latencies, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, quantile) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(quantile * sorted.length)) - 1] as number;
        const read = upperEdgeMs(quantileBucket(histogram(values), quantile));
        expect(read / exact).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(read / exact).toBeLessThanOrEqual(BUCKET_RATIO + 1e-9);
      }),
    );
  });

  it('loses nothing when two are put together, in any order', () => {
    fc.assert(
      fc.property(latencies, latencies, (one, other) => {
        const both = merged(histogram(one), histogram(other));
        expect(both).toEqual(histogram([...other, ...one]));
        expect(total(both)).toBe(one.length + other.length);
      }),
    );
  });

  it('counts what lies above a bucket, and not what lies in it', () => {
    expect(
      above(
        [
          [3, 5],
          [4, 7],
          [9, 1],
        ],
        4,
      ),
    ).toBe(1);
    expect(
      above(
        [
          [3, 5],
          [4, 7],
          [9, 1],
        ],
        3,
      ),
    ).toBe(8);
  });

  it('takes the shortest latencies for one', () => {
    expect(bucketOf(0)).toBe(bucketOf(0.0005));
  });

  it('knows how many buckets are surely a ratio', () => {
    expect(BUCKET_RATIO ** bucketsFor(1.1)).toBeGreaterThanOrEqual(1.1);
    expect(BUCKET_RATIO ** (bucketsFor(1.1) - 1)).toBeLessThan(1.1);
    expect([bucketsFor(1), bucketsFor(1.02), bucketsFor(1.1)]).toEqual([0, 1, 5]);
  });

  it('has no quantile of nothing', () => {
    expect(() => quantileBucket([], 0.5)).toThrow('got an empty histogram');
  });
});
