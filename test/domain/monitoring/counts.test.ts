import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chiSquareQuantile,
  chiSquareTail,
  chiSquareTest,
} from '#domain/monitoring/statistics/chi-square.ts';
import { gammaQ } from '#domain/monitoring/statistics/gamma-q.ts';
import { jensenShannon } from '#domain/monitoring/statistics/js.ts';
import { psi, psiByChance } from '#domain/monitoring/statistics/psi.ts';
import { proportionTest } from '#domain/monitoring/statistics/two-proportions.ts';
import { apart, apartRelatively, truth } from './statistics.ts';

const STATISTIC = 1e-12;
const P_VALUE = 1e-9;

describe.each(truth.tables)('of counts $a and $b', ({ a, b, ...expected }) => {
  it('the stability index is as defined', () => {
    expect(apart(psi(a, b), expected.psi)).toBeLessThanOrEqual(STATISTIC);
  });

  it('the Jensen–Shannon distance is what scipy finds', () => {
    // Scipy adds and takes away nearly equal terms, which the root magnifies.
    const tolerance = expected.js < 1e-3 ? 1e-8 : STATISTIC;
    expect(apart(jensenShannon(a, b), expected.js)).toBeLessThanOrEqual(tolerance);
  });

  it('the χ² test is what scipy finds', () => {
    const found = chiSquareTest(a, b);
    expect(found.dof).toBe(expected.chiSquare.dof);
    expect(apart(found.statistic, expected.chiSquare.statistic)).toBeLessThanOrEqual(STATISTIC);
    expect(apart(found.p, expected.chiSquare.p)).toBeLessThanOrEqual(P_VALUE);
  });
});

describe('the incomplete gamma function', () => {
  it.each(truth.tails)('is what scipy finds, Q($a, $x)', ({ a, x, q }) => {
    expect(apartRelatively(gammaQ(a, x), q)).toBeLessThanOrEqual(1e-10);
  });

  it('falls from 1 to 0', () => {
    expect(gammaQ(3, 0)).toBe(1);
    expect(gammaQ(3, Number.POSITIVE_INFINITY)).toBe(0);
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 1e4, noNaN: true }),
        fc.double({ min: 0, max: 2e4, noNaN: true }),
        fc.double({ min: 1e-3, max: 10, noNaN: true }),
        (a, x, step) => {
          expect(gammaQ(a, x + step)).toBeLessThanOrEqual(gammaQ(a, x) + 1e-14);
        },
      ),
    );
  });

  it.each([
    [0, 1],
    [-1, 1],
    [1, -1],
    [Number.NaN, 1],
    [1, Number.NaN],
  ])('is refused of a = %s, x = %s', (a, x) => {
    expect(() => gammaQ(a, x)).toThrow('expected a > 0 and x >= 0');
  });

  it.each(truth.quantiles)('has the quantile that scipy finds, $dof degrees, $tail', (at) => {
    expect(apartRelatively(chiSquareQuantile(at.tail, at.dof), at.x)).toBeLessThanOrEqual(1e-10);
    expect(apartRelatively(chiSquareTail(at.x, at.dof), at.tail)).toBeLessThanOrEqual(P_VALUE);
  });
});

describe('two proportions', () => {
  it.each(truth.proportions)('differ as scipy finds, p = $p', ({ before, now, ...expected }) => {
    const found = proportionTest(before, now);
    expect(apart(found.difference, expected.difference)).toBeLessThanOrEqual(STATISTIC);
    expect(apart(found.z, expected.z)).toBeLessThanOrEqual(STATISTIC);
    expect(apart(found.p, expected.p)).toBeLessThanOrEqual(P_VALUE);
  });

  it('differ with less evidence where rows come in bunches', () => {
    const [before, now] = [
      { hits: 10, of: 1000 },
      { hits: 40, of: 1000 },
    ];
    const bunched = proportionTest(before, now, 4);
    expect(bunched.z).toBeCloseTo(proportionTest(before, now).z / 2, 12);
    expect(bunched.difference).toBeCloseTo(0.03, 12);
  });
});

describe('distances of counts', () => {
  const rows = (length: number) =>
    fc
      .array(fc.nat(1000), { minLength: length, maxLength: length })
      .filter((counts) => counts.some((count) => count > 0));
  const pair = fc.integer({ min: 2, max: 40 }).chain((bins) => fc.tuple(rows(bins), rows(bins)));

  it('are symmetric, never negative, and the same in any order of the bins', () => {
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const turned = [[...other].reverse(), [...one].reverse()] as const;
        for (const distance of [psi, jensenShannon]) {
          const found = distance(one, other);
          expect(found).toBeGreaterThanOrEqual(0);
          expect(apart(distance(...turned), found)).toBeLessThan(1e-12);
        }
        const [test, again] = [chiSquareTest(one, other), chiSquareTest(...turned)];
        expect(apart(again.statistic, test.statistic)).toBeLessThan(1e-12);
        expect(test.p).toBeGreaterThanOrEqual(0);
        expect(test.p).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are nothing of the same shares, and the Jensen–Shannon distance is 1 of disjoint ones', () => {
    expect(jensenShannon([1, 2, 3], [10, 20, 30])).toBe(0);
    expect(jensenShannon([5, 0], [0, 9])).toBe(1);
    expect(psi([5, 6], [5, 6])).toBe(0);
  });

  it('are refused of no rows, and of other bins', () => {
    expect(() => jensenShannon([0, 0], [1, 1])).toThrow('got 0 and 2 rows in 2 and 2 bins');
    expect(() => chiSquareTest([1], [1, 2])).toThrow('expected rows in both, and the same columns');
    expect(() => psi([1], [1, 2])).toThrow('got 2 bins; expected 1');
  });

  it('may be as large by chance as the degrees of freedom, the rows and the bunching make them', () => {
    const chance = { bins: 10, m: 10_000, n: 1000, overdispersion: 1, alpha: 0.001 };
    expect(psiByChance(chance)).toBeCloseTo(27.877_164_871 * (1 / 1000 + 1 / 10_000), 9);
    expect(psiByChance({ ...chance, overdispersion: 5 })).toBeCloseTo(5 * psiByChance(chance), 12);
  });
});
