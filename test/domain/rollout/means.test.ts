import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aboveDifference,
  sequenceHalfWidth,
  tunedRho2,
} from '#domain/rollout/confidence-sequence.ts';
import { addMeans, meanDifference, NO_MEANS } from '#domain/rollout/mean-difference.ts';
import { mergeMoments, NO_MOMENTS, ratioMoments } from '#domain/rollout/moments.ts';
import type { Moments } from '#domain/rollout/observation.ts';
import { welch } from '#domain/rollout/welch.ts';
import { truth } from './truth.ts';

/** Equal to nine significant digits. */
const close = (found: number | undefined, expected: number) =>
  expect(Math.abs((found ?? Number.NaN) - expected)).toBeLessThanOrEqual(
    1e-9 * Math.max(1, Math.abs(expected)),
  );
const momentsOf = (values: readonly number[]): Moments =>
  values.reduce<Moments>(
    (sum, value) => mergeMoments(sum, { count: 1, mean: value, m2: 0 }),
    NO_MOMENTS,
  );

describe("Welch's test", () => {
  it.each(truth.welch)('is what scipy finds, t = $t', ({ canary, baseline, ...expected }) => {
    const found = welch({ canary, baseline });
    for (const key of ['t', 'df', 'p', 'low', 'high'] as const) close(found?.[key], expected[key]);
  });

  it('says nothing of one outcome, or of outcomes that are all the same', () => {
    const one = { count: 1, mean: 3, m2: 0 };
    const same = { count: 9, mean: 3, m2: 0 };
    expect(welch({ canary: one, baseline: { count: 9, mean: 1, m2: 4 } })).toBeUndefined();
    expect(welch({ canary: same, baseline: same })).toBeUndefined();
  });
});

describe('the confidence sequence', () => {
  it.each(truth.sequences)('is as wide as published, n = $n', (at) => {
    const measured = {
      difference: at.difference,
      standardError: at.standardError,
      df: 1,
      effective: at.n,
    };
    close(sequenceHalfWidth(measured, at.rho2, at.alpha), at.halfWidth);
  });

  it.each(truth.sequences)('has the e-value of its mixture, n = $n', (at) => {
    const measured = {
      difference: at.difference,
      standardError: at.standardError,
      df: 1,
      effective: at.n,
    };
    close(aboveDifference(measured, 0, at.rho2), at.lnE);
  });

  it('is tightest near the sample it is tuned for', () => {
    const width = (tunedFor: number) =>
      sequenceHalfWidth(
        { difference: 0, standardError: 1, df: 1, effective: 2000 },
        tunedRho2(tunedFor, 0.05),
        0.05,
      );
    expect(width(2000)).toBeLessThan(width(200));
    expect(width(2000)).toBeLessThan(width(20_000));
  });

  it('stays a number, however far the canary falls behind', () => {
    const behind = { difference: -1, standardError: 1e-4, df: 1, effective: 1e6 };
    expect(aboveDifference(behind, 0, 0.01)).toBe(-700);
  });
});

describe('moments', () => {
  const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { maxLength: 40 });

  it('of parts are those of the whole', () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        const merged = mergeMoments(momentsOf(one), momentsOf(other));
        const whole = momentsOf([...one, ...other]);
        expect(merged.count).toBe(whole.count);
        expect(merged.mean).toBeCloseTo(whole.mean, 6);
        expect(merged.m2).toBeCloseTo(whole.m2, 3);
      }),
    );
  });

  it.each(truth.ratios)(
    'of a ratio have its variance by the delta method',
    ({ sums, ratio, standardError }) => {
      const { count, mean, m2 } = ratioMoments(sums);
      close(mean, ratio);
      close(Math.sqrt(m2 / (count - 1) / count), standardError);
    },
  );

  it('of a ratio to nothing are refused', () => {
    const sums = {
      count: 1,
      numerator: 0,
      denominator: 0,
      numeratorSquares: 0,
      denominatorSquares: 0,
      products: 0,
    };
    expect(() => ratioMoments(sums)).toThrow('got a denominator of 0; expected more than 0');
  });
});

describe('a difference gathered from strata', () => {
  it('does not take a mean that changes with time, and a share that does, for a difference', () => {
    const quiet = {
      canary: { count: 50, mean: 0.9, m2: 4 },
      baseline: { count: 950, mean: 0.9, m2: 80 },
    };
    const busy = {
      canary: { count: 500, mean: 0.7, m2: 90 },
      baseline: { count: 500, mean: 0.7, m2: 90 },
    };
    const sums = [quiet, busy].reduce(addMeans, NO_MEANS);
    expect(meanDifference(sums)?.difference).toBeCloseTo(0, 12);
  });

  it('counts nothing of a stratum that lacks an arm', () => {
    const alone = { canary: NO_MOMENTS, baseline: { count: 10, mean: 1, m2: 1 } };
    expect(addMeans(NO_MEANS, alone)).toEqual(NO_MEANS);
  });
});
