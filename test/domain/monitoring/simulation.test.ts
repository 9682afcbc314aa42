import { describe, expect, it } from 'vitest';
import { clopperPearson } from '../../../bench/simulate/clopper-pearson.ts';
import type { Trial } from '../../../bench/simulate/monitoring/trial.ts';
import { monitoringTrials } from '../../../bench/simulate/monitoring/trials.ts';
import { runMonitoring } from '../../../bench/simulate/monitoring.ts';

const SEED = 20_261_121;
const TRIALS = 60;
const cases = monitoringTrials().map((trial, index) => [trial.bar, trial.name, index] as const);
const inside = (bar: Trial['bar']) =>
  cases.filter(([of, , index]) => of === bar && monitoringTrials()[index]?.outside === undefined);

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
});
