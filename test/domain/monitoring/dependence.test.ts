import { describe, expect, it } from 'vitest';
import {
  type Level,
  DEFAULT_MONITORING_POLICY as POLICY,
} from '#domain/gates/monitoring-policy.ts';
import { isHarmful, modelMetrics } from '#domain/monitoring/alarms/model-metrics.ts';
import type { Seen } from '#domain/monitoring/capture/seen.ts';
import { check } from '#domain/monitoring/check/check.ts';
import { judgeDrift } from '#domain/monitoring/check/judge-drift.ts';
import { type Reference, referenceOf } from '#domain/monitoring/check/reference.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { headlineOf } from '#domain/monitoring/report/headline.ts';
import { digestB } from '../../support/sample-release.ts';
import { following, pairsSeen, profileOf, type Rows } from './paired-world.ts';
import { AT, HOUR, input } from './watched-world.ts';

const PAIR = 'X/age ~ X/income';
const reference = referenceOf(profileOf(following(1)(5000, 0.8)), digestB);

/** The window of a quarter beside a day of four like it. */
const judged = (rows: Rows, of = reference) => {
  const seen = pairsSeen(of, rows);
  const { sections, strands } = judgeDrift(of, [seen, seen, seen, seen], AT, POLICY);
  const [window] = sections.windows;
  const pair = window?.dependence?.pairs.find(({ name }) => name === PAIR);
  return { window, pair, dependence: window?.dependence, strands };
};

/** How the alarm stands after each quarter; undefined while dependence was not judged. */
function standings(of: Reference, windows: readonly Rows[]): (Level | null | undefined)[] {
  let quarters: readonly Seen[] = [];
  let state: Monitoring | undefined;
  return windows.map((rows, i) => {
    quarters = [pairsSeen(of, rows), ...quarters].slice(0, 28);
    const { next } = check(input({ reference: of, quarters, state, at: AT + i * 6 * HOUR }));
    state = next;
    return next.alarms['dependence-drift']?.raised;
  });
}

const isDependence = ({ watched }: { readonly watched: string }): boolean =>
  watched === 'dependence-drift';

/** The values of a feature, and of another, lie so much higher. */
const shifted = (rows: Rows, by: number, at = 0, other?: number): number[][] =>
  rows.map((row) => row.map((value, i) => (i === at || i === other ? value + by : value)));

/** Of the first feature every so many rows' values are missing; 0 for none. */
const withMissing = (rows: Rows, every: number): Rows =>
  rows.map((row, i) => (every > 0 && i % every === 0 ? [Number.NaN, ...row.slice(1)] : row));

describe('dependence of features', () => {
  it('is watched of every pair of few features, the most correlated first', () => {
    const { pairs } = reference;
    expect(pairs).toHaveLength(6);
    expect(pairs[0]).toMatchObject({ name: PAIR, pair: { of: [0, 1] } });
    expect(pairs[0]?.pair.correlation).toBeCloseTo(0.79, 1);
  });

  it('is quiet where it is as before', () => {
    const { dependence, strands } = judged(following(2)(2000, 0.8));
    expect(dependence).toMatchObject({ outcome: 'STABLE', judged: 6, drifted: [] });
    expect(strands['dependence-drift']?.day?.warn).toBeLessThan(1);
  });

  it.each([
    ['turns round', -0.8],
    ['ends', 0],
  ])('is seen when it %s, although no feature changed by itself', (_, correlation) => {
    const { window, dependence, strands } = judged(following(3)(2000, correlation));
    expect(window?.inputs).toMatchObject({ outcome: 'STABLE', drifted: [] });
    expect(dependence).toMatchObject({ outcome: 'DRIFT', level: 'critical', drifted: [PAIR] });
    expect(strands['dependence-drift']?.day?.critical).toBeGreaterThan(1);
    expect(strands['input-drift']?.day?.warn).toBeLessThan(1);
  });

  it('is seen when it begins', () => {
    const before = referenceOf(profileOf(following(4)(5000, 0)), digestB);
    expect(judged(following(5)(2000, 0), before).dependence?.outcome).toBe('STABLE');
    expect(judged(following(5)(2000, 0.8), before).dependence?.drifted).toEqual([PAIR]);
    expect(judged(following(5)(2000, -0.8), before).dependence?.drifted).toEqual([PAIR]);
  });

  it('is not blamed for a feature that drifted by itself, whose pairs are told of all the same', () => {
    const { window, pair, dependence, strands } = judged(shifted(following(6)(2000, 0.8), 1));
    expect(window?.inputs.drifted).toEqual(['X/age']);
    expect(pair).toMatchObject({ outcome: 'STABLE', moved: ['X/age'] });
    expect(pair?.statistics.psi?.value).toBeGreaterThan(POLICY.psi.critical);
    // Whether it changed as well cannot be told.
    expect(dependence).toMatchObject({ outcome: 'INSUFFICIENT_DATA', drifted: [] });
    expect(strands).not.toHaveProperty('dependence-drift');
  });

  it.each(
    [0.5, 0.9, 0.98].flatMap((correlation) =>
      [0.1, 0.3, 0.6, 1].map((by) => [correlation, by] as const),
    ),
  )(
    'of a correlation of %s is not blamed for a shift by %s, of one feature or both',
    (correlation, by) => {
      const of = referenceOf(profileOf(following(20)(5000, correlation)), digestB);
      const rows = following(21)(2000, correlation);
      for (const moved of [shifted(rows, by), shifted(rows, by, 0, 1), shifted(rows, by, 1)]) {
        for (const missing of [0, 5]) {
          expect(judged(withMissing(moved, missing), of).dependence?.drifted).toEqual([]);
        }
      }
    },
  );

  it.each([
    ['shifts by 0.4', (rows: Rows) => shifted(rows, 0.4)],
    ['shifts by 1', (rows: Rows) => shifted(rows, 1)],
    ['is missing in every 25th row', (rows: Rows) => withMissing(rows, 25)],
    ['is missing in every fifth row', (rows: Rows) => withMissing(rows, 5)],
  ])('that turned is found although a feature %s', (_, change) => {
    const of = referenceOf(profileOf(following(22)(5000, 0.9)), digestB);
    const { window, dependence } = judged(change(following(23)(3000, -0.9)), of);
    expect(window?.inputs.drifted).toEqual(['X/age']);
    expect(dependence).toMatchObject({ outcome: 'DRIFT', drifted: [PAIR] });
  });

  it('that turned stays an alarm when a feature of the pair drifts later', () => {
    const draw = following(24, 4);
    const of = referenceOf(profileOf(draw(5000, 0.9)), digestB);
    const windows = Array.from({ length: 16 }, (_, i) =>
      shifted(draw(1500, i < 4 ? 0.9 : -0.9), i < 8 ? 0 : 1),
    );
    const after = standings(of, windows);
    expect(after.slice(3, 5)).toEqual([null, null]);
    expect(after.slice(8)).toEqual(Array.from({ length: 8 }, () => 'critical'));
  });

  it('that has a daily cycle raises no alarm, not on the first day either', () => {
    const draw = following(25, 4);
    const halves = [...draw(4000, 0.9), ...draw(4000, 0.3)];
    const of = referenceOf(profileOf(halves), digestB);
    const windows = Array.from({ length: 14 }, (_, i) => draw(1500, i % 4 < 2 ? 0.9 : 0.3));
    const after = standings(of, windows);
    expect(after.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(after.slice(3).every((raised) => raised === null)).toBe(true);
  });

  it('is told by the place of features, of which two may have one name', () => {
    const rows = following(26, 3)(5000, 0.9);
    const profile = profileOf(rows, ['b/c', 'd', 'c']);
    const [first, second, third] = profile.features;
    if (!first || !second || !third) throw new Error('no features');
    const features = [first, second, { ...third, input: 'X/b' }];
    const of = referenceOf({ ...profile, features }, digestB);
    const seen = pairsSeen(of, shifted(following(27, 3)(3000, 0.9), 1, 2));
    const [window] = judgeDrift(of, [seen], AT, POLICY).sections.windows;
    expect(of.features.map(({ name }) => name)).toEqual(['X/b/c', 'X/d', 'X/b/c']);
    const pair = of.pairs.findIndex(({ pair }) => !pair.of.includes(2));
    const reported = window?.dependence?.pairs.filter(({ moved }) => moved.length === 0);
    expect(reported?.map(({ name }) => name)).toEqual([of.pairs[pair]?.name]);
  });

  it('is not blamed for a feature that moved by less than drift, however closely another followed it', () => {
    const close = referenceOf(profileOf(following(7)(5000, 0.98)), digestB);
    const rows = shifted(following(8)(5000, 0.98), 0.2);
    const { window, pair, dependence } = judged(rows, close);
    expect(window?.inputs.drifted).toEqual([]);
    expect(pair?.statistics.psi?.value).toBeGreaterThan(POLICY.psi.critical);
    const { distance, explained } = pair ?? { distance: 0, explained: 0 };
    expect(distance).toBeCloseTo(0.2, 1);
    expect(distance).toBeLessThan(1.2 * explained);
    expect(dependence).toMatchObject({ outcome: 'STABLE', judged: 6 });
  });

  it('is not blamed for fewer zeros of one feature, whose other rows all move by it', () => {
    const withZeros = (rows: Rows, more: number) =>
      rows.map(([first = 0, ...others]) => [first + more < 0.3 ? 0 : first + more, ...others]);
    const close = referenceOf(profileOf(withZeros(following(13)(5000, 0.99), 0)), digestB);
    const { window, pair, dependence } = judged(withZeros(following(14)(5000, 0.99), 0.2), close);
    expect(window?.inputs.drifted).toEqual([]);
    expect(pair?.statistics.psi?.value).toBeGreaterThan(POLICY.psi.warn);
    expect(dependence?.outcome).toBe('STABLE');
  });

  it('is not judged where what every feature did by itself hides it', () => {
    const all = following(9)(2000, -0.8).map((row) => row.map((value) => value + 1));
    const { dependence, strands } = judged(all);
    expect(dependence).toMatchObject({ outcome: 'INSUFFICIENT_DATA', drifted: [] });
    expect(strands).not.toHaveProperty('dependence-drift');
  });

  it('is not judged of a pair with a feature that was not counted, nor said to be stable', () => {
    const seen = pairsSeen(reference, following(3)(2000, -0.8));
    const { sections, strands } = judgeDrift(
      reference,
      Array.from({ length: 4 }, () => ({ ...seen, features: seen.features.slice(0, 1) })),
      AT,
      POLICY,
    );
    const { dependence } = sections.windows[0] ?? {};
    expect(dependence).toMatchObject({ outcome: 'INSUFFICIENT_DATA', judged: 0, drifted: [] });
    expect(dependence?.pairs[0]).toMatchObject({ outcome: 'INSUFFICIENT_DATA', moved: [] });
    expect(dependence?.pairs[0]).not.toHaveProperty('level');
    expect(strands).not.toHaveProperty('dependence-drift');
  });

  it('is not moved by one row of 1e9', () => {
    const [, ...rows] = following(10)(2000, 0.8);
    const ratio = (first: readonly number[]) => judged([first, ...rows]).pair?.ratios.warn;
    expect(ratio([1e9, -1e9, 0, 0])).toBeCloseTo(ratio([0, 0, 0, 0]) ?? 0, 2);
  });

  it('tells nothing of missing values, which are the features’ own', () => {
    const half = following(11)(3000, 0.8).map((row, i) =>
      i % 2 ? row : [Number.NaN, ...row.slice(1)],
    );
    const { pair, dependence } = judged(half);
    expect(pair).toMatchObject({ outcome: 'STABLE', rows: 1500, missing: { share: 0.5 } });
    expect(dependence?.outcome).toBe('STABLE');
  });

  it('alarms when it changed twice: it warns, pages, blocks promotions, and never rolls back', () => {
    const turned = pairsSeen(reference, following(12)(2000, -0.8));
    const quarters = [turned, turned, turned, turned];
    const first = check(input({ reference, quarters }));
    expect(first.report.alarms.find(isDependence)).toMatchObject({
      outcome: 'DRIFT',
      raised: null,
    });
    const state = first.next;
    const { report, next, rollBackFor } = check(
      input({ reference, quarters, state, at: AT + 6 * HOUR }),
    );
    expect(report.alarms.find(isDependence)).toMatchObject({
      raised: 'critical',
      change: 'raised',
    });
    expect(report.consequences.filter(isDependence).map(({ consequence }) => consequence)).toEqual([
      'warn',
      'propose-retraining',
      'page',
      'block-promotion',
    ]);
    expect(rollBackFor).toEqual([]);
    expect(next).toMatchObject({ blocked: true, blockedBy: 'dependence-drift (critical)' });
    expect(modelMetrics(report, next, [])).toMatchObject({ DriftSeverity: 4, QualitySeverity: 0 });
    expect(isHarmful(next)).toBe(false);
    expect(DriftReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(headlineOf(report)).toMatchObject({ outcome: 'DRIFT', drifted: [PAIR] });
  });

  it('is not judged of a window that a process counted without pairs, which is told', () => {
    const counted = pairsSeen(reference, following(3)(2000, -0.8));
    const { pairs: _, ...older } = counted;
    const { sections, notes } = judgeDrift(reference, [counted, older], AT, POLICY);
    expect(sections.windows.map(({ dependence }) => dependence?.outcome)).toEqual([
      'DRIFT',
      undefined,
    ]);
    expect(notes).toContain(
      'Dependence of features was not compared: not every process counted their pairs.',
    );
  });

  it('is not judged by profiles that were made before it was watched', () => {
    const { pairs: _, ...before } = profileOf(following(1)(5000, 0.8));
    const old = referenceOf(before, digestB);
    const { dependence, strands } = judged(following(3)(2000, -0.8), old);
    expect(dependence).toBeUndefined();
    expect(Object.keys(strands)).not.toContain('dependence-drift');
  });
});
