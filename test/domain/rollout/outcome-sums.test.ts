import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeMoments, momentsSince, NO_MOMENTS } from '#domain/rollout/moments.ts';
import {
  addScore,
  addSums,
  momentsOf,
  NO_SUMS,
  type OutcomeSums,
} from '#domain/rollout/outcome-sums.ts';

const sumsOf = (scores: readonly number[]): OutcomeSums => scores.reduce(addScore, NO_SUMS);
const score = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 }).map((n) => n / 1e6);

describe('sums of outcomes', () => {
  it('are the same in whatever order and parts they are added', () => {
    fc.assert(
      fc.property(fc.array(score), fc.array(score), (one, other) => {
        const together = sumsOf([...one, ...other]);
        expect(addSums(sumsOf(other.toReversed()), sumsOf(one))).toEqual(together);
      }),
    );
  });

  it('give number, mean and squared deviations', () => {
    expect(momentsOf(sumsOf([1, 2, 4, 9]))).toEqual({ count: 4, mean: 4, m2: 38 });
    expect(momentsOf(NO_SUMS)).toEqual({ count: 0, mean: 0, m2: 0 });
  });

  it('lose nothing where doubles would: small differences of great scores', () => {
    const scores = Array.from({ length: 10_000 }, (_, i) => 999_999 + (i % 2) * 0.001);
    const { mean, m2 } = momentsOf(sumsOf(scores));
    expect(mean).toBeCloseTo(999_999.0005, 9);
    expect(m2 / 10_000).toBeCloseTo(0.0005 ** 2, 15);
  });

  it('never have a negative variance', () => {
    fc.assert(
      fc.property(fc.array(score), (scores) => {
        expect(momentsOf(sumsOf(scores)).m2).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('stay within what DynamoDB keeps, 38 digits, for more scores than come', () => {
    const most = addScore(NO_SUMS, 1e6).squares * 10n ** 13n;
    expect(String(most).length).toBeLessThanOrEqual(38);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1_000_001])('refuse %d', (wrong) => {
    expect(() => addScore(NO_SUMS, wrong)).toThrow('expected at most 1000000');
  });
});

describe('moments since', () => {
  it('are those that were merged', () => {
    const small = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 100);
    fc.assert(
      fc.property(fc.array(small), fc.array(small, { minLength: 1 }), (before, more) => {
        const [one, other] = [momentsOf(sumsOf(before)), momentsOf(sumsOf(more))];
        const since = momentsSince(mergeMoments(one, other), one);
        expect(since.count).toBe(other.count);
        expect(since.mean).toBeCloseTo(other.mean, 9);
        expect(since.m2).toBeCloseTo(other.m2, 6);
      }),
    );
  });

  it('are none where nothing came, or something was lost', () => {
    const some = momentsOf(sumsOf([1, 2]));
    expect(momentsSince(some, some)).toEqual(NO_MOMENTS);
    expect(momentsSince(NO_MOMENTS, some)).toEqual(NO_MOMENTS);
  });
});
