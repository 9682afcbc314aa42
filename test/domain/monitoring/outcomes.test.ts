import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MonitoringPolicy,
  DEFAULT_MONITORING_POLICY as POLICY,
} from '#domain/gates/monitoring-policy.ts';
import { expectedCalibrationError } from '#domain/gates/performance/calibration.ts';
import type { GroupRates } from '#domain/gates/performance/fairness.ts';
import type { ScoreProfile } from '#domain/gates/performance/reference-profile.ts';
import { judgeEstimate, judgeOutcomes } from '#domain/monitoring/check/judge-outcomes.ts';
import { afterAnswer, NO_ANSWERS } from '#domain/monitoring/statistics/ddm.ts';
import {
  calibrationError,
  countScore,
  estimateAccuracy,
  noScores,
} from '#domain/monitoring/statistics/estimated-accuracy.ts';
import { fairnessGaps } from '#domain/monitoring/statistics/fairness-gaps.ts';
import { designEffect, overdispersion } from '#domain/monitoring/statistics/overdispersion.ts';
import { afterLoss, NO_LOSSES, rise } from '#domain/monitoring/statistics/page-hinkley.ts';
import { apart } from './statistics.ts';

/** `fixtures/make_streams.py` made it. */
const truth = JSON.parse(
  readFileSync(fileURLToPath(new URL('fixtures/streams.json', import.meta.url)), 'utf8'),
) as {
  readonly pageHinkley: readonly {
    readonly tolerance: number;
    readonly limit: number;
    readonly losses: readonly number[];
    readonly first: number | null;
  }[];
  readonly driftDetection: readonly {
    readonly wrong: readonly number[];
    readonly outcomes: readonly string[];
  }[];
  readonly estimatedAccuracy: readonly {
    readonly name: string;
    readonly profile: ScoreProfile;
    readonly current: { readonly counts: readonly number[]; readonly sums: readonly number[] };
    readonly estimated: number;
    readonly reference: number;
    readonly measured: number;
  }[];
  readonly overdispersion: readonly {
    readonly rows: number;
    readonly windows: readonly (readonly number[])[];
    readonly phi: number;
  }[];
};

describe('concept drift', () => {
  it.each(truth.pageHinkley)(
    "is found by Page and Hinkley's test where river finds it, at $first",
    ({ losses, tolerance, limit, first }) => {
      let state = NO_LOSSES;
      const found = losses.findIndex((loss) => {
        state = afterLoss(state, loss, tolerance);
        return rise(state) > limit;
      });
      expect(found).toBe(first ?? -1);
    },
  );

  it.each(truth.driftDetection)('is found by the detection method as by river, %#', (at) => {
    let state = NO_ANSWERS;
    const found = at.outcomes.map((_, i) => {
      const after = afterAnswer(state, at.wrong[i] === 1);
      state = after.state;
      return after.outcome;
    });
    expect(found).toEqual(at.outcomes);
  });

  it('is not found in a first error', () => {
    let state = NO_ANSWERS;
    for (let i = 0; i < 1000; i++) state = afterAnswer(state, false).state;
    expect(afterAnswer(state, true).outcome).toBe('stable');
  });
});

describe('overdispersion', () => {
  it.each(truth.overdispersion)("is Pearson's χ² over its degrees, $rows rows a user", (at) => {
    expect(apart(overdispersion(at.windows) ?? 0, at.phi)).toBeLessThanOrEqual(1e-12);
  });

  it('is at least 1, and at most the rows of a user', () => {
    expect(
      overdispersion([
        [50, 50],
        [50, 50],
      ]),
    ).toBe(1);
    expect(designEffect([5, 5, 5])).toBe(5);
    expect(designEffect([1, 1, 4])).toBe(3);
    expect(designEffect([])).toBe(1);
  });
});

describe('accuracy without labels', () => {
  const current = ({ counts, sums }: (typeof truth.estimatedAccuracy)[number]['current']) => ({
    counts: Float64Array.from(counts),
    sums: Float64Array.from(sums),
  });

  it.each(truth.estimatedAccuracy)('is estimated by the calibrated scores, $name', (at) => {
    const found = estimateAccuracy(at.profile, current(at.current));
    expect(apart(found.accuracy, at.estimated)).toBeLessThanOrEqual(1e-12);
    expect(apart(found.reference, at.reference)).toBeLessThanOrEqual(1e-12);
    expect(Math.abs(found.accuracy - at.measured)).toBeLessThan(0.02);
    expect(found.standardError).toBeGreaterThan(0.001);
    expect(found.standardError).toBeLessThan(0.02);
  });

  it('falls by more than chance where inputs are harder, and only there', () => {
    const verdicts = truth.estimatedAccuracy.map((at) =>
      judgeEstimate(estimateAccuracy(at.profile, current(at.current)), 5000, POLICY),
    );
    expect(verdicts.map(({ level }) => level)).toEqual([undefined, 'critical', undefined]);
  });

  it('takes the answered class as it is, and scores beyond the reference as they are', () => {
    const profile: ScoreProfile = {
      of: 'answered-class',
      edges: [0.5, 0.9],
      counts: [10, 10, 0],
      sums: [4, 7, 0],
      hits: [4, 7, 0],
    };
    const scores = noScores(profile);
    for (const score of [0.4, 0.7, 0.95, 0.95]) countScore(profile, scores, score);
    expect(estimateAccuracy(profile, scores).accuracy).toBeCloseTo((0.4 + 0.7 + 1.9) / 4, 12);
    expect(() => estimateAccuracy(profile, noScores(profile))).toThrow(
      'got 0 scores in 3 bins; expected some in the 3 of the reference',
    );
  });
});

describe('the calibration error of counters', () => {
  it('is that of the rows over the same bins', () => {
    const rows = fc.array(
      fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), hit: fc.nat(1) }),
      { minLength: 1, maxLength: 200 },
    );
    const edges = Array.from({ length: 14 }, (_, i) => (i + 1) / 15);
    fc.assert(
      fc.property(rows, (all) => {
        const profile = { of: 'class-1', edges, counts: new Array(15).fill(0), sums: [], hits: [] };
        const scores = noScores(profile as unknown as ScoreProfile);
        const hits = new Float64Array(15);
        for (const { score, hit } of all) {
          const before = Float64Array.from(scores.counts);
          countScore(profile as unknown as ScoreProfile, scores, score);
          const bin = scores.counts.findIndex((count, i) => count !== before[i]);
          hits[bin] = (hits[bin] ?? 0) + hit;
        }
        expect(calibrationError(scores.counts, scores.sums, hits)).toBeCloseTo(
          expectedCalibrationError(
            all.map(({ hit }) => hit),
            all.map(({ score }) => score),
          ),
          10,
        );
      }),
    );
  });

  it('is unknown without rows', () => {
    expect(() => calibrationError([0], [0], [0])).toThrow('got 0 labelled rows; expected some');
  });
});

describe('measured outcomes', () => {
  const right = (count: number, mean: number) => ({ count, mean, m2: count * mean * (1 - mean) });

  it.each([
    [0.9, undefined],
    [0.885, undefined],
    [0.875, 'warn'],
    [0.865, 'retrain'],
    [0.84, 'page'],
    [0.79, 'critical'],
  ] as const)('that fall from 0.9 to %s reach %s', (mean, level) => {
    expect(judgeOutcomes(right(20_000, 0.9), right(20_000, mean), POLICY).level).toBe(level);
  });

  it('are not judged by few labels, nor by what chance explains', () => {
    const before = right(10_000, 0.9);
    expect(judgeOutcomes(before, right(999, 0.5), POLICY).outcome).toBe('INSUFFICIENT_DATA');
    expect(judgeOutcomes(before, right(1000, 0.875), POLICY).outcome).toBe('STABLE');
    expect(judgeOutcomes(before, right(1000, 0.84), POLICY, 20).outcome).toBe('STABLE');
  });

  it('that get better are no drop', () => {
    const found = judgeOutcomes(right(5000, 0.8), right(5000, 0.95), POLICY);
    expect(found).toMatchObject({ outcome: 'STABLE', ratios: { warn: 0, critical: 0 } });
  });

  it('of a poor reference page by their ratio', () => {
    const found = judgeOutcomes(right(50_000, 0.3), right(50_000, 0.265), POLICY);
    expect(found.level).toBe('page');
  });
});

describe('groups', () => {
  const group = (
    name: string,
    selected: readonly [number, number],
    truePositive: readonly [number, number] = [0, 0],
    falsePositive: readonly [number, number] = [0, 0],
  ): GroupRates => {
    const of = ([hits, rows]: readonly [number, number]) => ({ hits, of: rows });
    return {
      group: name,
      selected: of(selected),
      truePositive: of(truePositive),
      falsePositive: of(falsePositive),
    };
  };

  it('that fare alike are fair', () => {
    const found = fairnessGaps([group('a', [300, 1000]), group('b', [310, 1000])], POLICY);
    expect(found.outcome).toBe('FAIR');
    expect(found.parityGap).toBeCloseTo(0.01, 12);
    expect(found.selectionRateRatio).toBeCloseTo(30 / 31, 12);
    expect(found.equalizedOddsGap).toBeUndefined();
  });

  it('of disparate impact are unfair, once more than chance shows it', () => {
    const many = fairnessGaps([group('a', [300, 1000]), group('b', [200, 1000])], POLICY);
    const few = fairnessGaps([group('a', [12, 40]), group('b', [8, 40])], POLICY);
    expect(many.outcome).toBe('UNFAIR');
    expect(few).toMatchObject({ outcome: 'FAIR' });
    expect(few.selectionRateRatio).toBeCloseTo(2 / 3, 12);
  });

  it('are unfair by their odds alone', () => {
    const found = fairnessGaps(
      [
        group('a', [500, 1000], [450, 500], [50, 500]),
        group('b', [500, 1000], [350, 500], [150, 500]),
      ],
      POLICY,
    );
    expect(found.outcome).toBe('UNFAIR');
    expect(found.parityGap).toBe(0);
    expect(found.equalizedOddsGap).toBeCloseTo(0.2, 12);
  });

  it('of fewer than 30 rows are not judged', () => {
    const found = fairnessGaps([group('a', [300, 1000]), group('b', [0, 29])], POLICY);
    expect(found).toEqual({ outcome: 'INSUFFICIENT_DATA', small: ['b'] });
  });
});

describe('the monitoring policy', () => {
  it('has defaults that keep to it', () => {
    expect(MonitoringPolicy.parse(POLICY)).toEqual(POLICY);
  });

  it.each([
    [{ psi: { warn: 0.3, retrain: 0.2, page: 0.2, critical: 0.3 } }, 'must ascend'],
    [{ raiseAfter: 4 }, 'must not be below raiseAfter'],
    [{ judgedBy: [] }, 'at least one statistic'],
    [{ judgedBy: ['psi', 'psi'] }, 'each statistic once'],
    [{ latencyWarnMs: 50 }, 'must not be below'],
    [{ alpha: 0 }, 'alpha'],
    [{ unknown: 1 }, 'unknown'],
  ])('refuses %j', (change, message) => {
    const parsed = MonitoringPolicy.safeParse({ ...POLICY, ...change });
    expect(JSON.stringify(parsed.error?.issues)).toContain(message);
  });
});
