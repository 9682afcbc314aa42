import { describe, expect, it } from 'vitest';
import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import type { PredictionProfile } from '#domain/gates/performance/reference-profile.ts';
import { judgeFeature } from '#domain/monitoring/check/judge-feature.ts';
import {
  binsOf,
  countCategory,
  countNumber,
  noCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { INDEPENDENT_ROWS } from '#domain/monitoring/statistics/overdispersion.ts';
import {
  answeredDistribution,
  scoreDistribution,
  truthDistribution,
} from '#domain/monitoring/statistics/predictions.ts';

const scores = {
  of: 'class-1' as const,
  edges: [0, 0.25, 0.75],
  counts: [100, 400, 300, 200],
  sums: [0, 60, 150, 180],
  hits: [1, 60, 150, 180],
};
const classes: PredictionProfile = {
  kind: 'classes',
  classes: [
    { label: 'no', truth: 390, answered: 350 },
    { label: 'yes', truth: 610, answered: 645 },
  ],
  unknown: 5,
  scores,
};
const judged = (distribution: ReturnType<typeof scoreDistribution>, answers: string[]) => {
  const bins = binsOf(distribution);
  const current = noCounts(bins);
  for (const answer of answers) countCategory(bins, current, answer);
  const compared = { bins, reference: referenceCounts(distribution), current };
  return judgeFeature({ ...compared, overdispersion: INDEPENDENT_ROWS, comparisons: 1 }, POLICY);
};
const answers = (no: number, yes: number) => [
  ...new Array<string>(no).fill('no'),
  ...new Array<string>(yes).fill('yes'),
];

describe('the predictions of the reference', () => {
  it('are classes as they were answered, the most frequent first', () => {
    expect(answeredDistribution(classes)).toEqual({
      kind: 'categorical',
      categories: [
        { value: 'yes', count: 645 },
        { value: 'no', count: 350 },
      ],
      other: 5,
      missing: 0,
    });
    expect(truthDistribution(classes)).toMatchObject({
      categories: [{ value: 'yes', count: 610 }, { value: 'no' }],
      other: 0,
    });
  });

  it('are drifted from by other answers, and labels', () => {
    expect(judged(answeredDistribution(classes), answers(350, 650)).outcome).toBe('STABLE');
    expect(judged(answeredDistribution(classes), answers(650, 350)).level).toBe('critical');
    expect(judged(truthDistribution(classes), answers(400, 600)).outcome).toBe('STABLE');
  });

  it('are scores in the bins that accuracy is estimated from', () => {
    const distribution = scoreDistribution(scores);
    const bins = binsOf(distribution);
    const current = noCounts(bins);
    for (const score of [0, 0.1, 0.5, 1]) countNumber(bins, current, score);
    expect([...current.counts]).toEqual([0, 1, 1, 1, 1, 0]);
    expect(distribution).toMatchObject({ mean: 0.39, endSums: [0, 180] });
  });

  it('are values as they are', () => {
    const values: PredictionProfile = {
      kind: 'values',
      truth: { kind: 'empty', missing: 3 },
      answered: { kind: 'empty', missing: 4 },
    };
    expect(answeredDistribution(values)).toEqual({ kind: 'empty', missing: 4 });
    expect(truthDistribution(values)).toEqual({ kind: 'empty', missing: 3 });
  });

  it('of more classes than are named count the rest together', () => {
    const many: PredictionProfile = {
      kind: 'classes',
      classes: Array.from({ length: 70 }, (_, i) => ({
        label: `c${i}`,
        truth: 1,
        answered: 70 - i,
      })),
      unknown: 0,
    };
    const found = answeredDistribution(many);
    expect(found).toMatchObject({ kind: 'categorical', other: 1 + 2 + 3 + 4 + 5 + 6 });
  });
});
