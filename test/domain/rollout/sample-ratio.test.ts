import { describe, expect, it } from 'vitest';
import {
  addSplit,
  NO_SPLIT,
  sampleRatioLnE,
  trafficDeviation,
} from '#domain/rollout/sample-ratio.ts';
import { truth } from './truth.ts';

describe('the sample-ratio test', () => {
  it.each(truth.sampleRatio)('is what scipy gives for $counts', ({ counts, shares, lnE }) => {
    // Sums of log gammas near 1e6 cancel down to a few units.
    expect(Math.abs(sampleRatioLnE(counts, shares) - lnE)).toBeLessThan(1e-8);
  });

  it('tests each share by itself', () => {
    let split = addSplit(NO_SPLIT, 0.05, { canary: 50, baseline: 950 }, 4);
    split = addSplit(split, 0.05, { canary: 100, baseline: 900 }, 4);
    const first = sampleRatioLnE([150, 1850], [0.05, 0.95]);
    expect(split.greatest).toBeCloseTo(first - Math.log(4), 12);
    split = addSplit(split, 0.5, { canary: 500, baseline: 500 }, 4);
    expect(split).toMatchObject({ share: 0.5, canary: 500, baseline: 500 });
    expect(split.greatest).toBeCloseTo(first - Math.log(4), 12);
    split = addSplit(split, 0.6, { canary: 500, baseline: 500 }, 4);
    const last = sampleRatioLnE([500, 500], [0.6, 0.4]);
    expect(split.greatest).toBeCloseTo(last - Math.log(4), 12);
  });

  it('keeps in mind that a split was found broken', () => {
    const broken = addSplit(NO_SPLIT, 0.5, { canary: 700, baseline: 300 }, 1);
    const after = addSplit(broken, 0.5, { canary: 300, baseline: 700 }, 1);
    expect(broken.greatest).toBeGreaterThan(Math.log(1000));
    expect(after.greatest).toBe(broken.greatest);
  });

  it('tests nothing while nothing is split', () => {
    expect(addSplit(NO_SPLIT, 0, { canary: 9, baseline: 9 }, 1).greatest).toBe(0);
    expect(addSplit(NO_SPLIT, 1, { canary: 9, baseline: 0 }, 1).greatest).toBe(0);
  });

  it('tells how far the share is off', () => {
    const off = addSplit(NO_SPLIT, 0.1, { canary: 120, baseline: 880 }, 1);
    expect(trafficDeviation(off)).toBeCloseTo(0.2, 12);
    expect(trafficDeviation(NO_SPLIT)).toBe(0);
  });
});
