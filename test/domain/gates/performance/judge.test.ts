import { describe, expect, it } from 'vitest';
import {
  judgePerformance,
  type ModelMeasurement,
  type PerformanceMeasurements,
} from '#domain/gates/performance/judge.ts';
import type { Latency } from '#domain/gates/performance/judge-latency.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import { DEFAULT_PERFORMANCE_POLICY as policy } from '#domain/gates/performance/policy.ts';
import type { ClassificationQuality, Quality } from '#domain/gates/performance/quality.ts';

const ok = <T>(value: T): Measured<T> => ({ ok: true, value });
const missing = (verdict: 'inconclusive' | 'error' | 'fail', reason: string) =>
  ({ ok: false, verdict, reason }) as const;
const quality = (more: Partial<ClassificationQuality> = {}): Quality => ({
  task: 'binary-classification',
  rows: 1000,
  accuracy: 0.95,
  precision: 0.9,
  recall: 0.9,
  f1: 0.9,
  ece: 0.03,
  ...more,
});
const regression = (rmse: number): Quality => ({ task: 'regression', rows: 10, rmse, mae: rmse });
const model = (more: Partial<ClassificationQuality> = {}, peakMiB = 100): ModelMeasurement => ({
  quality: ok(quality(more)),
  peakMemoryMiB: ok(peakMiB),
});
const at = (p95Ms: number) => ({ calls: 400, p50Ms: p95Ms / 2, p95Ms, p99Ms: p95Ms * 2 });
const latency = (p95Ms: number, low = p95Ms / 10, high = p95Ms / 10): Measured<Latency> =>
  ok({
    candidate: at(p95Ms),
    baseline: at(10),
    ratio: { ratio: p95Ms / 10, low, high, level: 0.99 },
  });

const judge = (more: Partial<PerformanceMeasurements> = {}) => {
  const checks = judgePerformance({
    candidate: model(),
    baseline: model(),
    latency: latency(10),
    policy,
    ...more,
  });
  return new Map(checks.map((check) => [check.id.replace('performance.', ''), check]));
};
const verdict = (id: string, more: Partial<PerformanceMeasurements>) =>
  judge(more).get(id)?.verdict;

describe('judgePerformance', () => {
  it('passes a version that equals its baseline, check by check', () => {
    const checks = judge();
    expect([...checks.keys()]).toEqual([
      'evaluation',
      'accuracy-floor',
      'accuracy-ratio',
      'calibration',
      'latency',
      'memory',
    ]);
    for (const check of checks.values()) expect(check.verdict, check.message).toBe('pass');
  });

  it.each([
    [0.9, 'pass', 'is at least 0.9'],
    [0.8999, 'pass', 'warning: accuracy 0.8999 is below 0.9'],
    [0.85, 'pass', 'warning'],
    [0.8499, 'fail', 'critical: the floor is 0.85'],
  ])('judges an accuracy of %s by the floors: %s', (accuracy, expected, message) => {
    const check = judge({ candidate: model({ accuracy }) }).get('accuracy-floor');
    expect(check).toMatchObject({ verdict: expected, observed: accuracy, threshold: 0.85 });
    expect(check?.message).toContain(message);
  });

  it.each([
    [0.951, 'pass'],
    [0.95, 'pass'],
    [0.9499, 'fail'],
  ])('judges %s times the accuracy of the baseline: %s', (factor, expected) => {
    for (const accuracy of [1, 0.98, 0.9, 0.7]) {
      const measured = {
        candidate: model({ accuracy: accuracy * factor }),
        baseline: model({ accuracy }),
      };
      expect(verdict('accuracy-ratio', measured), `of ${accuracy}`).toBe(expected);
    }
  });

  it('does not fail a version on the rounding of binary fractions', () => {
    expect(0.95 * 0.929).toBeGreaterThan(0.88255);
    const measured = {
      candidate: model({ accuracy: 0.88255 }),
      baseline: model({ accuracy: 0.929 }),
    };
    expect(verdict('accuracy-ratio', measured)).toBe('pass');
  });

  it.each([
    [0.0799, 'pass'],
    [0.08, 'pass'],
    [0.0801, 'fail'],
  ])('judges an ECE of %s: %s', (ece, expected) => {
    expect(verdict('calibration', { candidate: model({ ece }) })).toBe(expected);
  });

  it.each([
    [119, 'pass'],
    [120, 'pass'],
    [120.1, 'fail'],
  ])('judges %s MiB against a baseline of 100 MiB: %s', (peakMiB, expected) => {
    expect(verdict('memory', { candidate: model({}, peakMiB) })).toBe(expected);
  });

  it.each([
    [16.9, 'pass', 'cannot be told from noise'],
    [17, 'pass', 'cannot be told from noise'],
    [17.1, 'fail', 'prune'],
  ])(
    'judges %s MiB against a baseline of 1 MiB by the resolution: %s',
    (peakMiB, expected, said) => {
      const check = judge({ candidate: model({}, peakMiB), baseline: model({}, 1) }).get('memory');
      expect(check).toMatchObject({ verdict: expected, message: expect.stringContaining(said) });
    },
  );

  it.each([
    ['the whole interval below the limit', latency(10.8, 1.02, 1.1), 'pass'],
    ['the interval across the limit', latency(10.8, 1.02, 1.11), 'inconclusive'],
    ['a lower bound on the limit', latency(11.5, 1.1, 1.3), 'inconclusive'],
    ['the whole interval above the limit', latency(11.5, 1.11, 1.3), 'fail'],
    ['a slowdown of exactly the resolution', latency(10.5, 1.2, 1.4), 'pass'],
    ['a slowdown just beyond the resolution', latency(10.51, 1.2, 1.4), 'fail'],
  ])('judges latency with %s', (_, measured, expected) => {
    expect(verdict('latency', { latency: measured })).toBe(expected);
  });

  it('says why a slowdown within the resolution passes', () => {
    const message = judge({ latency: latency(10.4, 1.2, 1.4) }).get('latency')?.message;
    expect(message).toContain('0.5 ms or less apart cannot be told from noise');
  });

  it('has nothing to compare a first version with, but holds it to the floors', () => {
    const first = { baseline: 'none', latency: ok({ candidate: at(900) }) } as const;
    const checks = judge({ ...first, candidate: model({ accuracy: 0.8, ece: 0.2 }, 5000) });
    for (const id of ['accuracy-ratio', 'latency', 'memory']) {
      expect(checks.get(id)).toMatchObject({
        verdict: 'pass',
        message: expect.stringContaining('not applicable'),
      });
    }
    expect(checks.get('accuracy-floor')?.verdict).toBe('fail');
    expect(checks.get('calibration')?.verdict).toBe('fail');
  });

  it('never takes a baseline that could not be measured for none', () => {
    const checks = judge({ baseline: undefined, latency: ok({ candidate: at(1) }) });
    for (const id of ['accuracy-ratio', 'latency', 'memory']) {
      expect(checks.get(id)?.verdict, id).toBe('inconclusive');
    }
    const broken = {
      quality: missing('fail', 'output p is NaN at row 3'),
      peakMemoryMiB: missing('error', 'the process died'),
    };
    const compared = judge({ baseline: broken });
    expect(compared.get('accuracy-ratio')).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('output p is NaN at row 3'),
    });
    expect(compared.get('memory')?.verdict).toBe('inconclusive');
  });

  it('passes on what could not be measured of the candidate, once', () => {
    const checks = judge({
      candidate: {
        quality: missing('inconclusive', 'no evaluation set'),
        peakMemoryMiB: missing('fail', 'took 4 GiB'),
      },
      latency: missing('inconclusive', 'no time'),
    });
    expect([...checks.values()]).toEqual([
      { id: 'performance.evaluation', verdict: 'inconclusive', message: 'no evaluation set' },
      { id: 'performance.latency', verdict: 'inconclusive', message: 'no time' },
      { id: 'performance.memory', verdict: 'fail', message: 'took 4 GiB' },
    ]);
  });

  it('fails answers that are not numbers', () => {
    const nan = missing('fail', 'output p is NaN at row 1');
    expect(verdict('evaluation', { candidate: { ...model(), quality: nan } })).toBe('fail');
  });

  it('does not know the calibration of labels alone, unless the policy asks for none', () => {
    const { ece: _, ...labelsOnly } = quality() as ClassificationQuality;
    const candidate = { ...model(), quality: ok({ ...labelsOnly, uncalibrated: 'labels only' }) };
    expect(judge({ candidate }).get('calibration')).toMatchObject({
      verdict: 'inconclusive',
      message: 'calibration is unknown: labels only',
    });
    expect(verdict('calibration', { candidate, policy: { ...policy, eceMax: 1 } })).toBe('pass');
  });

  it.each([
    [2, 'pass'],
    [2 / 0.95, 'pass'],
    [2.11, 'fail'],
  ])('judges an RMSE of %s against a baseline of 2: %s', (rmse, expected) => {
    const of = (value: number) => ({ ...model(), quality: ok(regression(value)) });
    expect(verdict('rmse-ratio', { candidate: of(rmse), baseline: of(2) })).toBe(expected);
    expect(verdict('rmse-ratio', { candidate: of(rmse), baseline: 'none' })).toBe('pass');
  });

  it('is inconclusive when the task is not that of the baseline', () => {
    const regressor = { ...model(), quality: ok(regression(1)) };
    expect(verdict('rmse-ratio', { candidate: regressor })).toBe('inconclusive');
    expect(verdict('accuracy-ratio', { baseline: regressor })).toBe('inconclusive');
  });
});
