import { describe, expect, it } from 'vitest';
import { clopperPearson } from '../../../bench/simulate/clopper-pearson.ts';
import { naive } from '../../../bench/simulate/naive.ts';
import { binomial, sfc32 } from '../../../bench/simulate/random.ts';
import { type Bar, scenarios } from '../../../bench/simulate/scenarios.ts';
import { run } from '../../../bench/simulate/tally.ts';
import { truth } from './truth.ts';

const SEED = 20_261_121;
const ROLLOUTS = 120;
const cases = scenarios().map((scenario, index) => [scenario.bar, scenario.name, index] as const);
const inside = (bar: Bar) =>
  cases.filter(([of, , index]) => of === bar && scenarios()[index]?.outside === undefined);

// `npm run simulate` has 10,000 of each; so few cannot show 5 %, only that nothing is far off.
describe('simulated rollouts', () => {
  it.each(inside('false rollback'))('seldom have a %s: %s', (_bar, _name, index) => {
    const { rolledBack } = run(index, 0, ROLLOUTS, SEED);
    expect(clopperPearson(rolledBack, ROLLOUTS).low).toBeLessThanOrEqual(0.05);
    expect(rolledBack / ROLLOUTS).toBeLessThan(0.1);
  });

  it.each(inside('false promotion'))('seldom have a %s: %s', (_bar, _name, index) => {
    expect(run(index, 0, ROLLOUTS, SEED).passed / ROLLOUTS).toBeLessThan(0.1);
  });

  it.each(inside('power'))('have the %s to find %s', (_bar, _name, index) => {
    expect(run(index, 0, ROLLOUTS, SEED).rolledBack / ROLLOUTS).toBeGreaterThanOrEqual(0.9);
  });

  it('go wrong when users are many requests each', () => {
    const index = scenarios().findIndex(({ unit }) => unit === 'request');
    expect(run(index, 0, ROLLOUTS, SEED).rolledBack / ROLLOUTS).toBeGreaterThan(0.2);
  });

  it('are the same for the same seed', () => {
    expect(run(0, 5, 15, SEED)).toEqual(run(0, 5, 15, SEED));
  });

  it('would be rolled back for nothing by a rule that looks at each window', () => {
    const found = Array.from({ length: 20 }, (_, i) => naive(SEED, i).window).filter(Boolean);
    expect(found.length).toBeGreaterThan(10);
  });
});

describe("the simulation's tools", () => {
  it.each(truth.clopperPearson)('bound $hits of $of exactly', ({ hits, of, low, high }) => {
    const found = clopperPearson(hits, of);
    expect(found.low).toBeCloseTo(low, 9);
    expect(found.high).toBeCloseTo(high, 9);
  });

  it.each([
    [40, 0.02],
    [2000, 0.05],
    [1000, 0.4],
    [30, 0.9],
    [100_000, 0.01],
  ])('draw binomials of %d and %d with their mean and variance', (n, p) => {
    const random = sfc32(3, n);
    const draws = 20_000;
    let [sum, squares] = [0, 0];
    for (let i = 0; i < draws; i++) {
      const off = binomial(n, p, random) - n * p;
      sum += off;
      squares += off * off;
    }
    const variance = n * p * (1 - p);
    expect(Math.abs(sum / draws)).toBeLessThan(4 * Math.sqrt(variance / draws));
    expect(Math.abs(squares / draws / variance - 1)).toBeLessThan(0.06);
  });
});
