import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  categoricalDistribution,
  numericDistribution,
} from '#domain/gates/performance/distribution.ts';
import { type FeatureColumn, featureColumns } from '#domain/gates/performance/feature-columns.ts';
import { judgeReference } from '#domain/gates/performance/judge-reference.ts';
import { makeProfile } from '#domain/gates/performance/make-profile.ts';
import { ReferenceProfile, rowsOf } from '#domain/gates/performance/reference-profile.ts';
import { countInto, stabilityIndex } from '#domain/gates/performance/stability.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import type { InputSpec } from '#domain/registry/io-schema.ts';

const answers = {
  truth: { kind: 'classes', indexes: Int32Array.of(0, 1, 1, 0), classes: ['no', 'yes'] },
  predictions: {
    kind: 'classes',
    predicted: Int32Array.of(0, 1, 0, -1),
    probabilities: Float64Array.of(0.75, 0.25, 0.25, 0.75, 0.75, 0.25, 0.5, 0.5),
  },
} as const;
const inputs: InputSpec[] = [
  { name: 'x', datatype: 'FP32', shape: [-1, 2], features: ['age', 'income'] },
  { name: 'area', datatype: 'BYTES', shape: [-1, 1] },
  { name: 'member', datatype: 'BOOL', shape: [-1, 1] },
  { name: 'code', datatype: 'INT64', shape: [-1, 1], domain: { values: [1, 2] } },
  { name: 'half', datatype: 'FP16', shape: [-1, 1] },
];
const feed = (name: string, datatype: InputSpec['datatype'], data: never, width = 1) => ({
  name,
  datatype,
  rowShape: [width],
  width,
  data,
});
const feeds = [
  feed('x', 'FP32', Float32Array.of(0.1, 1, 0.2, Number.NaN, 0.3, 3, 0.4, 4) as never, 2),
  feed('area', 'BYTES', ['b', 'a', 'b', ''] as never),
  feed('member', 'BOOL', Uint8Array.of(1, 0, 1, 1) as never),
  feed('code', 'INT64', BigInt64Array.of(1n, 1n, 2n, 1n) as never),
  feed('half', 'FP16', Uint16Array.of(0x3c00, 0xc000, 0x7e00, 0) as never),
];

describe('makeProfile', () => {
  const profile = makeProfile({ rows: 4, columns: featureColumns(inputs, feeds), answers });
  const of = (name: string) => profile.features.find((one) => one.name === name)?.distribution;

  it('follows its own schema, and is JSON', () => {
    expect(ReferenceProfile.parse(profile)).toEqual(profile);
    expect(JSON.parse(new TextDecoder().decode(canonicalBytes(profile)))).toEqual(profile);
    for (const { distribution } of profile.features) expect(rowsOf(distribution)).toBe(4);
  });

  it('bins numbers as the model takes them, so that a request of the same value meets its bin', () => {
    const age = of('age');
    expect(age).toMatchObject({ edges: [0.1, 0.2, 0.3, 0.4].map(Math.fround), missing: 0 });
    expect(of('income')).toMatchObject({ kind: 'numeric', edges: [1, 3, 4], missing: 1 });
    expect(of('half')).toMatchObject({ edges: [-2, 0, 1], missing: 1 });
  });

  it('counts texts, booleans and declared values by name', () => {
    expect(of('area')).toMatchObject({
      categories: [
        { value: 'b', count: 2 },
        { value: 'a', count: 1 },
      ],
      missing: 1,
    });
    expect(of('member')).toMatchObject({
      categories: [{ value: 'true', count: 3 }, { value: 'false' }],
    });
    expect(of('code')).toMatchObject({ categories: [{ value: '1', count: 3 }, { value: '2' }] });
  });

  it('keeps what was answered, what was true, and how often each score came true', () => {
    expect(profile.predictions).toEqual({
      kind: 'classes',
      classes: [
        { label: 'no', truth: 2, answered: 2 },
        { label: 'yes', truth: 2, answered: 1 },
      ],
      unknown: 1,
      scores: {
        of: 'class-1',
        edges: [0.25, 0.5, 0.75],
        counts: [2, 1, 1, 0],
        sums: [0.5, 0.5, 0.75, 0],
        hits: [1, 0, 1, 0],
      },
      score: { rows: 4, mean: 0.5, m2: 1 },
    });
  });

  it('keeps the moments of what rows score: of numbers, minus the absolute error', () => {
    const values = (...all: number[]) =>
      ({ kind: 'values', values: Float64Array.of(...all) }) as const;
    const made = makeProfile({
      rows: 3,
      columns: [],
      answers: { truth: values(1, 2, 3), predictions: values(1, 4, 2) },
    });
    expect(made.predictions?.score).toEqual({ rows: 3, mean: -1, m2: 2 });
  });

  it('is read without moments, as profiles were made before', () => {
    const { score: _, ...predictions } = profile.predictions ?? {};
    const before = { ...profile, predictions };
    expect(ReferenceProfile.parse(before)).toEqual(before);
  });

  it('keeps the 64 most frequent categories', () => {
    const values = Array.from({ length: 70 }, (_, i) => [`c${i}`, `c${i % 10}`]).flat();
    const { categories, other } = categoricalDistribution(values);
    expect(categories).toHaveLength(64);
    expect(categories[0]).toEqual({ value: 'c0', count: 8 });
    expect(other).toBe(6);
  });

  it('has nothing to cut where all is missing', () => {
    expect(numericDistribution([Number.NaN, Number.NaN])).toEqual({ kind: 'empty', missing: 2 });
  });

  it('refuses a profile that does not count every row, or whose edges go back', () => {
    const [age, ...others] = profile.features;
    if (age?.distribution.kind !== 'numeric') throw new Error('age is a number');
    const changed = (distribution: object) => ({
      ...profile,
      features: [{ ...age, distribution: { ...age.distribution, ...distribution } }, ...others],
    });
    expect(ReferenceProfile.safeParse(changed({})).success).toBe(true);
    for (const wrong of [{ missing: 1 }, { edges: [1, 0] }, { counts: [4] }]) {
      expect(ReferenceProfile.safeParse(changed(wrong)).success, JSON.stringify(wrong)).toBe(false);
    }
  });
});

describe('judgeReference', () => {
  const numeric = (values: Float64Array): FeatureColumn => ({
    name: 'x',
    input: 'x',
    kind: 'numeric',
    values,
  });
  const spread = Float64Array.from({ length: 6000 }, (_, i) => i);
  const declare = (column: FeatureColumn) => ({
    schema: 'assay.reference-profile/v1',
    rows: column.values.length,
    features: [
      {
        name: column.name,
        input: column.input,
        distribution:
          column.kind === 'numeric'
            ? numericDistribution(column.values)
            : categoricalDistribution(column.values),
      },
    ],
    omitted: 0,
  });
  /** Moves a share of the rows from the lower half to the upper. */
  const moved = (rows: number) =>
    numeric(spread.map((value) => (value < rows ? value + 3000 : value)));
  const limit = { referencePsiMax: 0.2 };

  it('passes rows of the declared distribution', () => {
    expect(judgeReference(declare(numeric(spread)), [numeric(spread)], limit)).toMatchObject({
      verdict: 'pass',
      observed: 0,
    });
  });

  it('fails rows of another one, by the policy limit', () => {
    const declared = numericDistribution(spread);
    if (declared.kind !== 'numeric') throw new Error('it is a number');
    const column = moved(1200);
    const psi = stabilityIndex(
      [...declared.counts, 0],
      [...countInto(declared.edges, (column as { values: Float64Array }).values), 0],
    );
    const at = (referencePsiMax: number) =>
      judgeReference(declare(numeric(spread)), [column], { referencePsiMax }).verdict;
    expect(psi).toBeGreaterThan(0.2);
    expect(at(psi - 1e-9)).toBe('fail');
    expect(at(psi)).toBe('fail');
    expect(at(psi + 1e-9)).toBe('pass');
  });

  it('does not take the spread of few rows for a difference', () => {
    const drawn = (seed: number, rows: number) =>
      numeric(
        Float64Array.from(fc.sample(fc.integer({ min: 0, max: 1e6 }), { seed, numRuns: rows })),
      );
    const check = judgeReference(declare(drawn(1, 80)), [drawn(2, 60)], limit);
    expect(check.verdict).toBe('pass');
    expect(check.observed).toBeGreaterThan(0.2);
  });

  it('fails categories and missing values that the declaration does not know', () => {
    const text = (values: readonly string[]): FeatureColumn => ({
      name: 'x',
      input: 'x',
      kind: 'categorical',
      values,
    });
    const words = Array.from({ length: 1000 }, (_, i) => (i % 2 ? 'a' : 'b'));
    const known = text(words);
    for (const other of ['c', '']) {
      const next = text(words.map((word, i) => (i % 4 ? word : other)));
      expect(judgeReference(declare(known), [next], limit).verdict, other).toBe('fail');
    }
    expect(judgeReference(declare(known), [known], limit).verdict).toBe('pass');
    expect(judgeReference(declare(known), [numeric(spread)], limit)).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('is numeric, and not so in the declared'),
    });
  });

  it('is inconclusive about another format and about other features', () => {
    expect(judgeReference({ schema: 'x' }, [numeric(spread)], limit)).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('is no assay.reference-profile/v1'),
    });
    const renamed = { ...numeric(spread), name: 'y' };
    expect(judgeReference(declare(numeric(spread)), [renamed], limit)).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('lacks feature x/y'),
    });
    const both = { ...declare(numeric(spread)) };
    both.features = [...both.features, ...declare(renamed).features];
    expect(judgeReference(both, [numeric(spread)], limit)).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('has x/y, which is no feature'),
    });
  });
});
