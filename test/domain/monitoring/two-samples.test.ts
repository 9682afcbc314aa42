import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kolmogorovTail } from '#domain/monitoring/statistics/kolmogorov.ts';
import { ksBounds, ksTest } from '#domain/monitoring/statistics/ks.ts';
import { wasserstein } from '#domain/monitoring/statistics/wasserstein.ts';
import { apart, apartRelatively, drawn, truth, withMissing } from './statistics.ts';

const STATISTIC = 1e-12;
const P_VALUE = 1e-9;
const values = fc.array(
  fc.oneof(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.integer({ min: -3, max: 3 }),
    fc.constant(Number.NaN),
  ),
  { maxLength: 60 },
);
const known = values.filter((all) => all.some((value) => !Number.isNaN(value)));

describe.each(truth.samples)('of $name', ({ a, b, d, p, wasserstein: area }) => {
  const [one, other] = [withMissing(a), withMissing(b)];

  it('the Kolmogorov–Smirnov test is what scipy finds', () => {
    const found = ksTest(one, other);
    expect(apart(found.d, d)).toBeLessThanOrEqual(STATISTIC);
    expect(apart(found.p, p)).toBeLessThanOrEqual(P_VALUE);
  });

  it("Wasserstein's distance is what scipy finds", () => {
    expect(apart(wasserstein(one, other), area)).toBeLessThanOrEqual(STATISTIC);
  });
});

describe.each(truth.generated)('of $name', ({ a, b, d, p, wasserstein: area }) => {
  const [one, other] = [drawn(a), drawn(b)];

  it('the Kolmogorov–Smirnov test is what scipy finds', () => {
    const found = ksTest(one, other);
    expect(apart(found.d, d)).toBeLessThanOrEqual(STATISTIC);
    expect(apart(found.p, p)).toBeLessThanOrEqual(P_VALUE);
    expect(apartRelatively(found.p, p)).toBeLessThanOrEqual(1e-7);
  });

  it("Wasserstein's distance is what scipy finds", () => {
    expect(apart(wasserstein(one, other), area)).toBeLessThanOrEqual(STATISTIC);
  });
});

describe("Kolmogorov's distribution", () => {
  it.each(truth.kolmogorov)('has the tail that scipy finds, n = $n, d = $d', ({ n, d, p }) => {
    expect(apart(kolmogorovTail(n, d), p)).toBeLessThanOrEqual(P_VALUE);
  });

  it('begins at 1 and ends at 0', () => {
    expect(kolmogorovTail(1000, 0)).toBe(1);
    expect(kolmogorovTail(1000, 1)).toBe(0);
    expect(kolmogorovTail(1_000_000, 0.9)).toBe(0);
  });
});

describe('two samples', () => {
  it('are as far apart one way as the other, in any order', () => {
    fc.assert(
      fc.property(known, known, (one, other) => {
        const found = ksTest(one, other);
        const turned = ksTest([...other].reverse(), [...one].reverse());
        expect(turned.d).toBe(found.d);
        expect(apart(turned.p, found.p)).toBeLessThan(1e-12);
        expect(wasserstein([...other].reverse(), one)).toBe(wasserstein(one, other));
      }),
    );
  });

  it('are not apart when they are the same', () => {
    fc.assert(
      fc.property(known, (one) => {
        expect(ksTest(one, one)).toEqual({ d: 0, p: 1 });
        expect(wasserstein(one, one)).toBe(0);
      }),
    );
  });

  it('of nothing but missing values are refused', () => {
    expect(() => ksTest([Number.NaN], [1])).toThrow('got 0 and 1 values; expected some of both');
    expect(() => wasserstein([], [1])).toThrow('got 0 and 1 values; expected some of both');
  });

  it('have a KS distance at infinity, and no area', () => {
    expect(ksTest([Number.POSITIVE_INFINITY], [1, 2]).d).toBe(1);
    expect(() => wasserstein([Number.POSITIVE_INFINITY], [1])).toThrow('finite');
  });
});

describe('the bounds from counts', () => {
  it('hold the distance of the values that were counted', () => {
    const edges = fc.uniqueArray(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(known, known, edges, (one, other, cuts) => {
        const ascending = cuts.toSorted((a, b) => a - b);
        const binned = (all: readonly number[]) => {
          const counts = new Float64Array(ascending.length + 1);
          for (const value of all) {
            if (Number.isNaN(value)) continue;
            const bin = ascending.findIndex((edge) => value <= edge);
            const at = bin < 0 ? ascending.length : bin;
            counts[at] = (counts[at] ?? 0) + 1;
          }
          return counts;
        };
        const { least, most } = ksBounds(binned(one), binned(other));
        const { d } = ksTest(one, other);
        expect(least).toBeLessThanOrEqual(d + 1e-12);
        expect(most).toBeGreaterThanOrEqual(d - 1e-12);
      }),
    );
  });

  it('are refused without rows', () => {
    expect(() => ksBounds([0, 0], [1, 2])).toThrow('got 0 and 3 rows; expected some of both');
  });
});
