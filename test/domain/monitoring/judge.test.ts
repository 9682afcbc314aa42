import { describe, expect, it } from 'vitest';
import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import {
  categoricalDistribution,
  numericDistribution,
} from '#domain/gates/performance/distribution.ts';
import type { Distribution } from '#domain/gates/performance/reference-profile.ts';
import { gaussian, mulberry32 } from '#domain/gates/random.ts';
import { type FeatureVerdict, judgeFeature } from '#domain/monitoring/check/judge-feature.ts';
import { judgeInputs, type NamedVerdict } from '#domain/monitoring/check/judge-inputs.ts';
import {
  binsOf,
  countCategory,
  countNumber,
  noCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { NO_RATIOS, ratiosOf } from '#domain/monitoring/statistics/levels.ts';
import {
  type FeatureOverdispersion,
  INDEPENDENT_ROWS,
  learnOverdispersion,
  overdispersion,
} from '#domain/monitoring/statistics/overdispersion.ts';

const normal = (seed: number, n: number, shift = 0, spread = 1): number[] => {
  const random = mulberry32(seed);
  return Array.from({ length: n }, () => shift + spread * gaussian(random));
};
const reference = numericDistribution(normal(1, 10_000));

function judged(
  distribution: Distribution,
  values: readonly (number | string)[],
  more: { readonly overdispersion?: FeatureOverdispersion } = {},
  policy = POLICY,
): FeatureVerdict {
  const bins = binsOf(distribution);
  const current = noCounts(bins);
  for (const value of values) {
    if (typeof value === 'number') countNumber(bins, current, value);
    else countCategory(bins, current, value);
  }
  return judgeFeature(
    {
      bins,
      reference: referenceCounts(distribution),
      current,
      overdispersion: INDEPENDENT_ROWS,
      comparisons: 10,
      ...more,
    },
    policy,
  );
}

describe('a feature', () => {
  it('is stable when the window is of the same distribution', () => {
    const { outcome, statistics } = judged(reference, normal(2, 5000));
    expect(outcome).toBe('STABLE');
    expect(statistics.psi?.value).toBeLessThan(statistics.psi?.chance ?? 0);
    expect(statistics.chiSquare?.p).toBeGreaterThan(0.001);
    expect(statistics.ks?.p).toBeGreaterThan(0.001);
  });

  it.each([
    [0.35, 'warn'],
    [0.41, 'retrain'],
    [0.49, 'page'],
    [0.7, 'critical'],
  ] as const)('that shifts by %s of its deviation reaches %s', (shift, level) => {
    expect(judged(reference, normal(3, 40_000, shift))).toMatchObject({ outcome: 'DRIFT', level });
  });

  it('is stable under a shift that many rows prove, and nobody needs to know of', () => {
    const found = judged(reference, normal(4, 400_000, 0.15));
    expect(found.outcome).toBe('STABLE');
    expect(found.statistics.chiSquare?.p).toBeLessThan(1e-6);
  });

  it('is stable where chance explains a large index', () => {
    const policy = { ...POLICY, samplesMin: 50 };
    const found = judged(reference, normal(5, 100), {}, policy);
    expect(found.statistics.psi?.value).toBeGreaterThan(0.05);
    expect(found.outcome).toBe('STABLE');
  });

  it('is not judged of fewer values than the policy asks for', () => {
    const found = judged(reference, normal(6, 999, 5));
    expect(found).toMatchObject({ outcome: 'INSUFFICIENT_DATA', statistics: {}, rows: 999 });
    expect(judged(reference, []).outcome).toBe('INSUFFICIENT_DATA');
  });

  it('drifts when its spread changes', () => {
    expect(judged(reference, normal(7, 5000, 0, 2)).outcome).toBe('DRIFT');
  });

  it('does not drift for one value of a thousand millions', () => {
    const values = normal(8, 2000);
    const calm = judged(reference, values);
    const seeded = judged(reference, [...values.slice(1), 1e9]);
    expect(seeded.outcome).toBe('STABLE');
    expect(seeded.ratios.warn).toBeCloseTo(calm.ratios.warn, 1);
  });

  it('is blinded by no outlier of its reference', () => {
    const outlying = numericDistribution([...normal(1, 9999), 1e9]);
    expect(judged(outlying, normal(9, 5000)).outcome).toBe('STABLE');
    expect(judged(outlying, normal(9, 5000, 0.6)).outcome).toBe('DRIFT');
  });

  it('that goes missing drifts, and the values that are left do not', () => {
    const values = normal(10, 5000).map((value, i) => (i % 8 === 0 ? Number.NaN : value));
    const found = judged(reference, values);
    expect(found).toMatchObject({ outcome: 'DRIFT', level: 'page' });
    expect(found.missing).toMatchObject({ share: 0.125, value: 0.125 });
    expect(found.statistics.psi?.value).toBeLessThan(0.05);
  });

  it('that is missing altogether drifts', () => {
    const values = new Array<number>(2000).fill(Number.NaN);
    expect(judged(reference, values)).toMatchObject({ outcome: 'DRIFT', level: 'critical' });
  });

  it('that was always missing drifts once it comes', () => {
    const empty: Distribution = { kind: 'empty', missing: 10_000 };
    expect(judged(empty, new Array<number>(2000).fill(1))).toMatchObject({ level: 'critical' });
    expect(judged(empty, new Array<number>(2000).fill(Number.NaN)).outcome).toBe('STABLE');
  });

  it.each([4, 6])('that was constant drifts when it becomes %s', (value) => {
    const constant = numericDistribution(new Array<number>(10_000).fill(5));
    expect(judged(constant, new Array<number>(1000).fill(5)).outcome).toBe('STABLE');
    const found = judged(constant, new Array<number>(1000).fill(value));
    expect(found).toMatchObject({ outcome: 'DRIFT', level: 'critical' });
  });

  it('drifts when a new category comes often', () => {
    const letters = (n: number) => Array.from({ length: n }, (_, i) => 'abcd'[i % 4] as string);
    const of = categoricalDistribution(letters(10_000));
    expect(judged(of, letters(2000)).outcome).toBe('STABLE');
    const news = (share: number) => [
      ...letters(2000 - 2000 * share),
      ...new Array<string>(2000 * share).fill('e'),
    ];
    expect(judged(of, news(0.02))).toMatchObject({ outcome: 'DRIFT', level: 'warn' });
    expect(judged(of, news(0.05))).toMatchObject({ outcome: 'DRIFT', level: 'critical' });
    expect(judged(of, news(0.05)).statistics.ks).toBeUndefined();
  });

  it('may move further by chance the more the rows come in bunches', () => {
    const bunched = normal(11, 400).flatMap((value) => new Array<number>(5).fill(value));
    const bins = binsOf(reference);
    const quiet = Array.from({ length: 28 }, (_, window) => {
      const counts = noCounts(bins);
      for (const value of normal(100 + window, 400)) {
        for (let i = 0; i < 5; i++) countNumber(bins, counts, value);
      }
      return counts;
    });
    const fiveEach = learnOverdispersion(bins, referenceCounts(reference), quiet);
    for (const groups of [60, 30, 20, 10] as const) {
      expect(fiveEach[groups]).toBeGreaterThan(3.5);
      expect(fiveEach[groups]).toBeLessThan(6.5);
    }
    expect(fiveEach.missing).toBe(1);
    const blind = judged(reference, bunched);
    const told = judged(reference, bunched, { overdispersion: fiveEach });
    expect(told.statistics.psi?.chance).toBeGreaterThan(2 * (blind.statistics.psi?.chance ?? 0));
    expect(told.outcome).toBe('STABLE');
    expect(told.statistics.chiSquare?.p).toBeGreaterThan(blind.statistics.chiSquare?.p ?? 1);
  });

  it('is judged by the statistics that the policy names', () => {
    const values = normal(12, 20_000, 0.33);
    for (const statistic of ['psi', 'js', 'ks', 'chiSquare'] as const) {
      const found = judged(reference, values, {}, { ...POLICY, judgedBy: [statistic] });
      expect(found).toMatchObject({ outcome: 'DRIFT', level: 'warn' });
      expect(found.ratios.warn).toBeCloseTo(
        (found.statistics[statistic]?.value ?? 0) / POLICY[statistic].warn,
        6,
      );
    }
  });

  it('lies between the bounds of its KS distance', () => {
    const found = judged(reference, normal(13, 5000, 1));
    expect(found.statistics.ks?.value).toBeLessThanOrEqual(0.3829 + 0.02);
    expect(found.ksMost).toBeGreaterThan(found.statistics.ks?.value ?? 1);
  });
});

describe("a model's inputs", () => {
  const features = (...psi: readonly number[]): NamedVerdict[] =>
    psi.map((value, i) => ({
      name: `x/f${i}`,
      verdict: {
        outcome: value >= 0.1 ? ('DRIFT' as const) : ('STABLE' as const),
        ratios: ratiosOf(value, POLICY.psi, 0.05),
      },
    }));

  it('do not drift with one feature, and drift with two', () => {
    expect(judgeInputs(features(0.5, 0, 0, 0), POLICY)).toMatchObject({
      outcome: 'STABLE',
      drifted: ['x/f0'],
      driftedShare: 0.25,
    });
    expect(judgeInputs(features(0.16, 0.5, 0, 0), POLICY)).toMatchObject({
      outcome: 'DRIFT',
      level: 'retrain',
      drifted: ['x/f1', 'x/f0'],
      greatestRatio: 5,
    });
  });

  it('of many features drift with a fifth of them', () => {
    const some = (drifted: number) =>
      features(...new Array(drifted).fill(0.25), ...new Array(20 - drifted).fill(0));
    expect(judgeInputs(some(3), POLICY).outcome).toBe('STABLE');
    expect(judgeInputs(some(4), POLICY)).toMatchObject({ outcome: 'DRIFT', level: 'page' });
  });

  it('drift with one critical feature, and of a single one with it', () => {
    const policy = { ...POLICY, criticalFeatures: ['x/f0'] };
    expect(judgeInputs(features(0.21, 0, 0), policy).level).toBe('page');
    expect(judgeInputs(features(0.31), POLICY).level).toBe('critical');
  });

  it('are not judged while no feature is', () => {
    const none = { outcome: 'INSUFFICIENT_DATA' as const, ratios: NO_RATIOS };
    const found = judgeInputs([{ name: 'x/f0', verdict: none }], POLICY);
    expect(found).toMatchObject({ outcome: 'INSUFFICIENT_DATA', driftedShare: 0 });
    expect(judgeInputs([], POLICY).outcome).toBe('INSUFFICIENT_DATA');
  });
});

describe('the overdispersion of quiet windows', () => {
  it('cannot be told of one window, of empty ones, or of one bin', () => {
    expect(overdispersion([[1, 2]])).toBeUndefined();
    expect(
      overdispersion([
        [1, 2],
        [0, 0],
      ]),
    ).toBeUndefined();
    expect(overdispersion([[5], [7]])).toBeUndefined();
    expect(overdispersion([])).toBeUndefined();
  });
});
