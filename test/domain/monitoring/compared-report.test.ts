import { describe, expect, it } from 'vitest';
import { DEFAULT_MONITORING_POLICY } from '#domain/gates/monitoring-policy.ts';
import { numericDistribution } from '#domain/gates/performance/distribution.ts';
import { gaussian, mulberry32 } from '#domain/gates/random.ts';
import { comparedReport, gravestFirst } from '#domain/monitoring/report/compared-report.ts';
import {
  binsOf,
  countNumber,
  noCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { INDEPENDENT_ROWS } from '#domain/monitoring/statistics/overdispersion.ts';

const FEATURES = 2000;
const name = (i: number) => `features/a_feature_with_a_rather_long_name_${i}`;

/** A feature that drifted, with as many groups and digits as one may have. */
const drifted = (() => {
  const random = mulberry32(1);
  const value = (shift: number) => (gaussian(random) + shift) * 12345.678;
  const of = numericDistribution(Float64Array.from({ length: 5000 }, () => value(0)));
  const bins = binsOf(of);
  const current = noCounts(bins);
  if (bins.kind !== 'numeric') throw new Error(`got ${bins.kind} bins`);
  for (let row = 0; row < 2000; row++) countNumber(bins, current, value(0.7));
  const compared = { bins, reference: referenceCounts(of), current, comparisons: FEATURES };
  return comparedReport(
    name(0),
    { ...compared, overdispersion: INDEPENDENT_ROWS },
    DEFAULT_MONITORING_POLICY,
  );
})();

const all = Array.from({ length: FEATURES }, (_, i) => ({
  ...drifted,
  name: name(i),
  ratios: { ...drifted.ratios, warn: drifted.ratios.warn + (i % 1000) / 7 },
}));

describe('features of a window', () => {
  it('come the gravest first, and the first 200 have a shape', () => {
    const features = gravestFirst(all);
    expect(features.map(({ ratios }) => ratios.warn)).toEqual(
      all.map(({ ratios }) => ratios.warn).sort((a, b) => b - a),
    );
    const shapes = features.map(({ shape }) => shape !== undefined);
    expect(shapes.lastIndexOf(true)).toBe(199);
    expect(shapes.filter(Boolean)).toHaveLength(200);
    expect(features.map(({ shape, ...rest }) => rest)).toEqual(
      features.map((one) => expect.objectContaining({ name: one.name, rows: 2000 })),
    );
  });

  it('keep no empty field where there was nothing to draw', () => {
    const { shape, ...bare } = drifted;
    expect(shape?.labels).toHaveLength(20);
    expect(gravestFirst([bare])).toEqual([bare]);
    expect(gravestFirst([bare])[0]).not.toHaveProperty('shape');
  });

  it('of 2,000 in two windows are less than a Lambda may answer', () => {
    const answered = (features: readonly object[]) =>
      JSON.stringify(JSON.stringify([features, features])).length;
    expect(answered(all)).toBeGreaterThan(5_000_000);
    expect(answered(gravestFirst(all))).toBeLessThan(4_000_000);
  });
});
