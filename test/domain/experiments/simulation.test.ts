import { describe, expect, it } from 'vitest';
import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import { clopperPearson } from '../../../bench/simulate/clopper-pearson.ts';
import { samplePlan, twoTreatments } from './sample-plan.ts';
import { simulate, type World } from './simulated.ts';

const plan = (changes: Partial<ExperimentPlan>): ExperimentPlan =>
  samplePlan({ guardrails: ['failures'], ...changes });
const score = (kind: 'mean' | 'events', changes: Partial<ExperimentPlan> = {}) =>
  plan({ metric: { id: 'score', kind, better: 'higher' }, ...changes });
const failures = plan({ metric: { id: 'failures', kind: 'events', better: 'lower' } });
const bandit = score('events', { allocation: { kind: 'ucb1', floor: 0.2, batchMinutes: 10 } });

describe('2,000 experiments of equal arms', () => {
  it.each<[string, Omit<World, 'runs'>]>([
    ['a mean of 0.5', { plan: score('mean'), units: 3000, rates: [0.5, 0.5] }],
    ['events of 10 %', { plan: score('events'), units: 3000, rates: [0.1, 0.1] }],
    ['events of 1 %', { plan: score('events'), units: 3000, rates: [0.01, 0.01] }],
    ['failures of 1 %', { plan: failures, units: 3000, rates: [0.01, 0.01] }],
    ['failures of 0.1 %', { plan: failures, units: 10000, rates: [0.001, 0.001] }],
    [
      'two treatments',
      { plan: score('events', { treatments: twoTreatments }), units: 3000, rates: [0.1, 0.1] },
    ],
    ['a bandit', { plan: bandit, units: 1000, rates: [0.1, 0.1] }],
  ])('seldom have a winner, harm or a broken split: %s', (_name, world) => {
    const found = simulate({ ...world, runs: 2000 });
    const most = (hits: number) => clopperPearson(hits, 2000).high;
    expect(most(found.missed)).toBeLessThanOrEqual(0.05);
    expect(most(found.won)).toBeLessThanOrEqual(0.05);
    expect(most(found.harmed)).toBeLessThanOrEqual(0.05);
    expect(most(found.broken)).toBeLessThanOrEqual(0.01);
  });
});

describe('300 experiments of arms that differ', () => {
  it.each<[string, Omit<World, 'runs'>]>([
    ['10 % and 13 %', { plan: score('events'), units: 6000, rates: [0.1, 0.13] }],
    ['0.5 and 0.56', { plan: score('mean'), units: 6000, rates: [0.5, 0.56] }],
    ['failures of 2 % and 1 %', { plan: failures, units: 16000, rates: [0.02, 0.01] }],
    ['a bandit on 10 % and 14 %', { plan: bandit, units: 2000, rates: [0.1, 0.14] }],
  ])('find the better one, and hold the true difference: %s', (_name, world) => {
    const { won, missed } = simulate({ ...world, runs: 300 });
    expect(won / 300).toBeGreaterThanOrEqual(0.9);
    expect(clopperPearson(missed, 300).low).toBeLessThanOrEqual(0.05);
  });
});
