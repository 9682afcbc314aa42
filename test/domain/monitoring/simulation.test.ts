import { describe, expect, it } from 'vitest';
import { psi } from '#domain/monitoring/statistics/psi.ts';
import { clopperPearson } from '../../../bench/simulate/clopper-pearson.ts';
import type { Trial } from '../../../bench/simulate/monitoring/trial.ts';
import { monitoringTrials } from '../../../bench/simulate/monitoring/trials.ts';
import { evenPsi } from '../../../bench/simulate/monitoring/years.ts';
import { runMonitoring } from '../../../bench/simulate/monitoring.ts';
import { Poisson } from '../../../bench/simulate/poisson.ts';
import { sfc32 } from '../../../bench/simulate/random.ts';

const SEED = 20_261_121;
const TRIALS = 60;
const cases = monitoringTrials().map((trial, index) => [trial.bar, trial.name, index] as const);
const inside = (bar: Trial['bar'], outside?: string) =>
  cases.filter(([of, , index]) => of === bar && monitoringTrials()[index]?.outside === outside);

// `npm run simulate` has thousands of each; so few only show that nothing is far off.
describe('simulated traffic', () => {
  it.each(inside('false alarm'))('seldom raises a %s: %s', (_bar, _name, index) => {
    const { alarmed } = runMonitoring(index, 0, TRIALS, SEED);
    expect(clopperPearson(alarmed, TRIALS).low).toBeLessThanOrEqual(0.015);
  });

  it.each(inside('changed verdict'))('has no %s: %s', (_bar, _name, index) => {
    expect(runMonitoring(index, 0, TRIALS, SEED).alarms).toBe(0);
  });

  it.each(inside('power'))('that changed is seen, %s: %s', (_bar, _name, index) => {
    expect(runMonitoring(index, 0, TRIALS, SEED).alarmed / TRIALS).toBeGreaterThanOrEqual(0.9);
  });

  it('is judged wrongly when bunches of rows are taken for independent ones', () => {
    const index = monitoringTrials().findIndex(({ outside }) => outside !== undefined);
    expect(runMonitoring(index, 0, TRIALS, SEED).alarmed / TRIALS).toBeGreaterThan(0.5);
  });

  it.each(inside('false episode', 'all years together'))(
    'has no %s in %s',
    (_bar, _name, index) => {
      expect(runMonitoring(index, 0, 1, SEED).alarms).toBe(0);
    },
  );
});

describe('what makes years quick', () => {
  it('is the index itself', () => {
    const random = sfc32(SEED, 1);
    const counts = Int32Array.from({ length: 60 }, () => Math.floor(40 * random()));
    const n = counts.reduce((sum, count) => sum + count, 0);
    for (const groups of [60, 30, 20, 10]) {
      const each = 60 / groups;
      const grouped = Array.from({ length: groups }, (_, group) =>
        counts.subarray(group * each, (group + 1) * each).reduce((sum, count) => sum + count, 0),
      );
      const reference = new Array<number>(groups).fill(167 * each);
      expect(evenPsi(counts, groups, n)).toBeCloseTo(psi(reference, grouped), 12);
    }
  });

  it.each([0.3, 4, 20, 300])('is drawn as Poisson numbers are, of mean %f', (mean) => {
    const random = sfc32(SEED, 2);
    const source = new Poisson(mean);
    const draws = Array.from({ length: 50_000 }, () => source.draw(random));
    const average = draws.reduce((sum, one) => sum + one, 0) / draws.length;
    const variance = draws.reduce((sum, one) => sum + (one - average) ** 2, 0) / draws.length;
    const none = draws.filter((one) => one === 0).length / draws.length;
    // Five deviations of each.
    expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(mean / draws.length));
    expect(Math.abs(variance / mean - 1)).toBeLessThan(
      5 * Math.sqrt((2 + 1 / mean) / draws.length),
    );
    const zero = Math.exp(-mean);
    expect(Math.abs(none - zero)).toBeLessThanOrEqual(5 * Math.sqrt(zero / draws.length));
  });
});
