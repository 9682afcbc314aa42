import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { numericDistribution } from '#domain/gates/performance/distribution.ts';
import { makeProfile } from '#domain/gates/performance/make-profile.ts';
import { mulberry32 } from '#domain/gates/random.ts';
import { explainedBy } from '#domain/monitoring/check/judge-pair.ts';
import {
  type Reference,
  type ReferenceColumn,
  referenceOf,
} from '#domain/monitoring/check/reference.ts';
import { type FeatureCounts, knownCounts } from '#domain/monitoring/statistics/bins.ts';
import { distanceOfBins } from '#domain/monitoring/statistics/counted-distance.ts';
import { psi } from '#domain/monitoring/statistics/psi.ts';
import { digestB } from '../../support/sample-release.ts';
import { pairsSeen } from './paired-world.ts';

interface Spec {
  readonly name: string;
  readonly of: readonly (readonly [seed: number, weight: number])[];
  readonly grid?: number;
  readonly missing?: number;
}
interface Case {
  readonly name: string;
  readonly columns: readonly Spec[];
  readonly current: Readonly<Record<string, Spec['of']>>;
  readonly rows: number;
  readonly window: number;
  readonly pairs: readonly {
    readonly of: readonly [number, number];
    readonly correlation: number;
    readonly spearman: number;
    readonly edges: readonly number[];
    readonly counts: readonly number[];
    readonly missing: number;
    readonly deviation: number;
    readonly current: readonly number[];
    readonly psi: number;
    readonly distance: number;
    readonly explained: number;
  }[];
}
// By numpy and scipy: fixtures/make_pairs.py.
const fixture = new URL('fixtures/pairs.json', import.meta.url);
const cases = JSON.parse(readFileSync(fixture, 'utf8')) as readonly Case[];

/** Sums of three uniforms, as `draw` of make_pairs.py. */
function column({ of, grid, missing }: Spec, rows: number, shift: number): Float64Array {
  const values = new Float64Array(rows);
  for (const [seed, weight] of of) {
    const random = mulberry32(seed + shift);
    for (let row = 0; row < rows; row++) {
      const [a, b, c] = [random(), random(), random()];
      values[row] = (values[row] as number) + weight * (a + b + c - 1.5);
    }
  }
  return values.map((value, row) => {
    if (missing !== undefined && row % missing === 0) return Number.NaN;
    return grid === undefined ? value : Math.floor(value * grid) / grid;
  });
}

const noAnswers = { kind: 'values', values: new Float64Array(1) } as const;

describe.each(cases)('of $name', ({ columns, current, rows, window, pairs: expected }) => {
  const profile = makeProfile({
    rows,
    columns: columns.map((spec) => () => ({
      name: spec.name,
      input: 'x',
      kind: 'numeric',
      values: column(spec, rows, 0),
    })),
    answers: { truth: noAnswers, predictions: noAnswers },
  });
  const pairs = profile.pairs ?? [];
  const windowOf = (reference: Reference) => {
    const now = columns.map((spec) =>
      column({ ...spec, of: current[spec.name] ?? spec.of }, window, 100),
    );
    const rows = Array.from({ length: window }, (_, row) =>
      now.map((values) => values[row] as number),
    );
    return pairsSeen(reference, rows);
  };

  it('the same pairs are chosen in the same order, by correlations of ranks', () => {
    expect(pairs.map(({ of }) => of)).toEqual(expected.map(({ of }) => of));
    for (const [i, { correlation, spearman }] of expected.entries()) {
      expect(Math.abs((pairs[i]?.correlation ?? 0) - correlation)).toBeLessThan(1.5e-4);
      // Missing values, which count as the mean, weaken it.
      expect(Math.abs(correlation)).toBeLessThanOrEqual(Math.abs(spearman) + 0.03);
    }
  });

  it('the reference has the same bins of differences', () => {
    for (const [i, { edges, counts, missing, deviation }] of expected.entries()) {
      expect(pairs[i]?.distribution).toMatchObject({ edges, counts, missing });
      const { distribution } = pairs[i] ?? {};
      const found = distribution?.kind === 'numeric' ? distribution.standardDeviation : 0;
      expect(found).toBeCloseTo(deviation, 12);
    }
  });

  it('a window has the same counts, and the same stability index', () => {
    const reference = referenceOf(profile, digestB);
    const seen = windowOf(reference);
    for (const [i, one] of expected.entries()) {
      const counts = seen.pairs?.[i];
      const before = reference.pairs[i]?.counts;
      if (!counts || !before) throw new Error('no counts');
      expect([...knownCounts(counts)]).toEqual(one.current);
      expect(psi(knownCounts(before), knownCounts(counts))).toBeCloseTo(one.psi, 12);
    }
  });

  it('a window has moved as far by itself, and about as far as its rows have', () => {
    const reference = referenceOf(profile, digestB);
    const seen = windowOf(reference);
    for (const [i, one] of expected.entries()) {
      const [column, current] = [reference.pairs[i], seen.pairs?.[i]];
      if (!column || !current || column.bins.kind !== 'numeric') throw new Error('no counts');
      const [first, second] = column.pair.of.map((at) => ({
        reference: (reference.features[at] as ReferenceColumn).counts,
        current: seen.features[at] as FeatureCounts,
      }));
      if (!first || !second) throw new Error('no features');
      expect(explainedBy(column.pair, [first, second])).toBeCloseTo(one.explained, 12);
      const distance = distanceOfBins(column.bins, column.counts, current);
      expect(Math.abs(distance - one.distance)).toBeLessThan(0.01 + 0.03 * one.distance);
    }
  });
});

describe('pairs of a profile', () => {
  const normal = (name: string, values: Float64Array) => () =>
    ({ name, input: 'x', kind: 'numeric', values }) as const;
  const make = (...columns: ReturnType<typeof normal>[]) =>
    makeProfile({ rows: 50, columns, answers: { truth: noAnswers, predictions: noAnswers } });
  const some = (seed: number) => Float64Array.from({ length: 50 }, mulberry32(seed));

  it('are none where fewer than two features vary', () => {
    const still = new Float64Array(50).fill(3);
    const gone = new Float64Array(50).fill(Number.NaN);
    const made = make(normal('a', some(1)), normal('still', still), normal('gone', gone));
    expect(made).not.toHaveProperty('pairs');
  });

  it('have no values where the two are never there together', () => {
    const odd = some(1).map((value, row) => (row % 2 ? value : Number.NaN));
    const even = some(2).map((value, row) => (row % 2 ? Number.NaN : value));
    const [pair] = make(normal('odd', odd), normal('even', even)).pairs ?? [];
    expect(pair).toMatchObject({ correlation: 0, distribution: { kind: 'empty', missing: 50 } });
  });

  it('are those of the first 500 numbers, 16 at most and 3 of a feature', () => {
    const columns = Array.from({ length: 520 }, (_, i) =>
      normal(`f${i}`, i < 500 ? some(i) : some(1)),
    );
    const pairs = make(...columns).pairs ?? [];
    expect(pairs).toHaveLength(16);
    const uses = new Map<number, number>();
    for (const at of pairs.flatMap(({ of }) => of)) uses.set(at, (uses.get(at) ?? 0) + 1);
    expect(Math.max(...uses.values())).toBeLessThanOrEqual(3);
    expect(Math.max(...uses.keys())).toBeLessThan(500);
  });

  it('do not depend on how far an outlier lies outside', () => {
    const far = (value: number) => some(1).with(7, value);
    const [near, out] = [9, 1e9].map((value) => {
      const { pairs } = make(normal('a', far(value)), normal('b', some(2)));
      return pairs;
    });
    expect(out).toEqual(near);
    expect(numericDistribution(far(1e9))).not.toEqual(numericDistribution(far(9)));
  });
});
