import { describe, expect, it } from 'vitest';
import { batchDue, firstWeights, nextWeights, routed } from '#domain/experiments/allocate.ts';
import { startExperiment } from '#domain/serving/routing/trial.ts';
import { moment, NOW, sampleRoute } from '../serving/routing/sample-route.ts';
import { BANDIT, samplePlan, twoTreatments } from './sample-plan.ts';

const weightsOf = (all: readonly { readonly name: string; readonly weight: number }[]) =>
  Object.fromEntries(all.map(({ name, weight }) => [name, weight]));

const fixed = samplePlan({ treatments: twoTreatments });
const bandit = samplePlan({ treatments: twoTreatments, allocation: BANDIT });
const counts = [
  { name: 'bold', units: 1000, events: 50 },
  { name: 'pale', units: 1000, events: 100 },
  { name: 'control', units: 1000, events: 52 },
];

describe('the shares of an experiment', () => {
  it('begin with the split, or evenly for a bandit', () => {
    expect(weightsOf(firstWeights(fixed))).toEqual({ bold: 0.1, pale: 0.1, control: 0.8 });
    expect(weightsOf(firstWeights(bandit))).toEqual({ bold: 1 / 3, pale: 1 / 3, control: 1 / 3 });
  });

  it('of a fixed split stay, but that the control takes over from a vetoed treatment', () => {
    const next = (vetoed: string[]) => weightsOf(nextWeights(fixed, { counts, vetoed, seed: 1 }));
    expect(next([])).toEqual({ bold: 0.1, pale: 0.1, control: 0.8 });
    expect(next(['bold'])).toEqual({ bold: 0, pale: 0.1, control: 0.9 });
  });

  it.each(['thompson', 'ucb1'] as const)('follow the events under %s, or shun them', (kind) => {
    const plan = (better: 'higher' | 'lower') => ({
      ...bandit,
      allocation: { ...BANDIT, kind },
      metric: { ...bandit.metric, better },
    });
    const next = (better: 'higher' | 'lower', vetoed: string[]) =>
      weightsOf(nextWeights(plan(better), { counts, vetoed, seed: 1 }));
    expect(next('higher', []).pale).toBeGreaterThan(0.9);
    expect(next('lower', []).pale).toBeLessThan(0.02);
    expect(next('higher', ['pale']).pale).toBe(0);
    expect(next('higher', ['control']).control).toBeGreaterThan(0);
  });

  it('leave an arm that has seen nothing to chance', () => {
    const { pale } = weightsOf(
      nextWeights(bandit, { counts: counts.slice(0, 1), vetoed: [], seed: 1 }),
    );
    expect(pale).toBeGreaterThan(0.3);
  });

  it('change by batches of ten minutes at the least, for bandits alone', () => {
    const at = (minutes: number, plan = bandit) => batchDue(plan, NOW, NOW + minutes * 60_000);
    expect(at(9.99)).toBe(false);
    expect(at(10)).toBe(true);
    expect(at(1e6, fixed)).toBe(false);
  });
});

it('a route takes the experiment as its plan has it', () => {
  const route = sampleRoute();
  const segment = { op: 'eq', attribute: 'country', value: 'DE' } as const;
  const plan = { ...fixed, segment, attributes: { country: 'string' } as const };
  const trial = {
    seen: { generation: route.generation, killEpoch: route.killEpoch },
    experiment: routed(plan),
    attributes: plan.attributes,
    leaseSeconds: 60,
  };
  expect(startExperiment(route, trial, moment(NOW))).toMatchObject({
    ok: true,
    route: {
      experiments: [
        {
          id: 'colour',
          segment,
          variants: [
            { name: 'bold', version: '2.0.0', weight: 0.1 },
            { name: 'pale', version: '3.0.0', weight: 0.1 },
            { name: 'control', version: '1.0.0', weight: 0.8 },
          ],
        },
      ],
    },
  });
});
