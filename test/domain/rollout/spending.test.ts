import { describe, expect, it } from 'vitest';
import {
  addScore,
  analysed,
  NO_SCORE,
  plannedInformation,
  standardised,
} from '#domain/rollout/group-sequential.ts';
import { spendingBounds, spent } from '#domain/rollout/spending.ts';
import { truth } from './truth.ts';

describe('spending bounds', () => {
  it.each(truth.bounds)('are those of numerical integration at $information of $planned', (at) => {
    const found = spendingBounds(at.information, at.planned, at.alpha);
    expect(found).toHaveLength(at.bounds.length);
    for (const [i, bound] of at.bounds.entries()) expect(found[i]).toBeCloseTo(bound, 9);
  });

  // ldbounds and gsDesign (sfLDOF), five even looks of a one-sided 0.025.
  it('are the published ones', () => {
    const published = [4.8769, 3.357, 2.6803, 2.2898, 2.031];
    const found = spendingBounds([1, 2, 3, 4, 5], 5, 0.025);
    for (const [i, bound] of published.entries()) expect(found[i]).toBeCloseTo(bound, 4);
  });

  it('spend nothing before there is information and all at its end', () => {
    expect(spent(0, 0.025)).toBe(0);
    expect(spent(1, 0.025)).toBeCloseTo(0.025, 12);
    expect(spent(1.7, 0.025)).toBeCloseTo(0.025, 12);
    expect(spendingBounds([1e-4], 1, 0.025)).toEqual([16]);
  });

  it('are finite where two analyses come one right after the other', () => {
    const [first = 0, second = 0] = spendingBounds([33, 33.01], 66, 0.025);
    expect(second).toBeGreaterThan(first);
    expect(second).toBeLessThan(first + 0.1);
  });
});

describe('the analyses of a rollout', () => {
  const plan = { analyses: 4, alpha: 0.025, ratio: 1, worse: 1.5 };
  const planned = plannedInformation(plan);
  const events = (canary: number, baseline: number) =>
    addScore(
      NO_SCORE,
      {
        canary: { exposures: 1000, events: canary },
        baseline: { exposures: 1000, events: baseline },
      },
      1,
    );

  it('plan what finds a rate of 1.5 times with 90 % power', () => {
    expect(planned).toBeCloseTo(((1.959963984540054 + 1.2815515655446004) / Math.log(1.5)) ** 2, 9);
  });

  it('standardise the events beyond those expected', () => {
    expect(standardised(NO_SCORE)).toBe(0);
    expect(standardised(events(60, 40))).toBeCloseTo((60 - 50 - 0.5) / 5, 12);
  });

  it('are made once for each part of the information that has come', () => {
    const before = { ...NO_SCORE, information: planned / 4 - 0.01 };
    expect(analysed(before, plan).analyses).toEqual([]);
    const first = analysed({ ...NO_SCORE, information: planned / 4 }, plan);
    expect(first.analyses).toEqual([planned / 4]);
    expect(analysed(first, plan)).toBe(first);
    const last = analysed({ ...first, information: planned * 1.2 }, plan);
    expect(last.analyses).toHaveLength(2);
    expect(analysed({ ...last, information: planned * 3 }, plan).analyses).toHaveLength(2);
  });

  it('cross the bound at it and not below it', () => {
    const information = planned;
    const [bound = 0] = spendingBounds([information], planned, plan.alpha);
    const at = (z: number) =>
      analysed({ ...NO_SCORE, information, score: z * Math.sqrt(information) + 0.5 }, plan).crossed;
    expect(at(bound + 1e-6)).toBe(true);
    expect(at(bound - 1e-6)).toBe(false);
  });

  it('stay crossed', () => {
    const early = analysed({ ...NO_SCORE, information: planned / 2, score: planned }, plan);
    expect(early.crossed).toBe(true);
    const later = analysed({ ...early, score: 0, information: planned }, plan);
    expect(later.analyses).toHaveLength(2);
    expect(later.crossed).toBe(true);
  });
});
