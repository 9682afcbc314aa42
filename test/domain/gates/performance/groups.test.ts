import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numericDistribution } from '#domain/gates/performance/distribution.ts';
import { greatestGap, groupRates, leastRatio } from '#domain/gates/performance/fairness.ts';
import { normalQuantile } from '#domain/gates/performance/normal-quantile.ts';
import { type Proportion, proportionGap, share } from '#domain/gates/performance/proportion-gap.ts';
import { sliceBy } from '#domain/gates/performance/slices.ts';
import { stabilityByChance, stabilityIndex } from '#domain/gates/performance/stability.ts';

/** What fairlearn, statsmodels, pandas, numpy and scipy say; fixtures/make_groups.py writes it. */
const truths = JSON.parse(
  readFileSync(new URL('./fixtures/groups.json', import.meta.url), 'utf8'),
) as {
  fairness: {
    name: string;
    truth: number[];
    predicted: number[];
    group: string[];
    expected: Record<string, number> & {
      groups: Record<string, Record<string, number>>;
    };
  }[];
  intervals: {
    a: Proportion;
    b: Proportion;
    comparisons: number;
    expected: { lower: number; upper: number };
  }[];
  normal: { p: number; z: number }[];
  quartiles: { name: string; values: number[]; sizes: number[] }[];
  distributions: { name: string; values: (number | null)[]; expected: Record<string, unknown> }[];
  stability: { expected: number[]; actual: number[]; psi: number }[];
  chiSquare: { bins: number; alpha: number; quantile: number }[];
};

const sliced = (header: string, cells: readonly string[]) => {
  const cut = sliceBy(header, { header: [header], rows: cells.map((cell) => [cell]) });
  if (!cut.ok) throw new Error(cut.reason);
  return cut.value;
};

it.each(truths.fairness)('measures fairness as fairlearn does: $name', (one) => {
  const { truth, predicted, group, expected } = one;
  const answers = {
    truth: { kind: 'classes', indexes: Int32Array.from(truth), classes: ['no', 'yes'] },
    predictions: { kind: 'classes', predicted: Int32Array.from(predicted) },
  } as const;
  const groups = groupRates(answers, sliced('group', group));
  for (const { group: name, selected, truePositive, falsePositive } of groups) {
    expect({
      selectionRate: share(selected),
      truePositiveRate: share(truePositive),
      falsePositiveRate: share(falsePositive),
      rows: selected.of,
    }).toEqual(expected.groups[name]);
  }
  const [tpr, fpr, rate] = [
    groups.map((of) => of.truePositive),
    groups.map((of) => of.falsePositive),
    groups.map((of) => of.selected),
  ];
  expect(greatestGap(rate)).toBeCloseTo(expected.demographicParityDifference ?? -1, 12);
  expect(leastRatio(rate)).toBeCloseTo(expected.demographicParityRatio ?? -1, 12);
  expect(greatestGap(tpr)).toBeCloseTo(expected.equalOpportunityDifference ?? -1, 12);
  const odds = Math.max(greatestGap(tpr), greatestGap(fpr));
  expect(odds).toBeCloseTo(expected.equalizedOddsDifference ?? -1, 12);
});

it('takes a rate that no group has for equal', () => {
  expect(
    leastRatio([
      { hits: 0, of: 9 },
      { hits: 0, of: 4 },
    ]),
  ).toBe(1);
});

describe('proportionGap', () => {
  it.each(truths.intervals)('gives the interval that statsmodels gives of $a and $b', (one) => {
    const { lower, upper } = proportionGap(one.a, one.b, one.comparisons);
    expect(lower).toBeCloseTo(one.expected.lower, 12);
    expect(upper).toBeCloseTo(one.expected.upper, 12);
  });

  const proportion = fc
    .tuple(fc.nat(500), fc.integer({ min: 1, max: 500 }))
    .map(([hits, of]) => ({ hits: Math.min(hits, of), of }));

  it('holds the gap within an interval that reflects when the shares change places', () => {
    fc.assert(
      fc.property(proportion, proportion, fc.integer({ min: 1, max: 50 }), (a, b, comparisons) => {
        const [one, other] = [proportionGap(a, b, comparisons), proportionGap(b, a, comparisons)];
        expect(one.lower).toBeLessThanOrEqual(one.gap + 1e-12);
        expect(one.upper).toBeGreaterThanOrEqual(one.gap - 1e-12);
        expect(one.lower).toBeCloseTo(-other.upper, 12);
        expect(one.lower).toBeLessThanOrEqual(proportionGap(a, b).lower + 1e-12);
      }),
    );
  });
});

it.each(truths.normal)('finds the normal quantile of $p', ({ p, z }) => {
  expect(Math.abs(normalQuantile(p) - z)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(z)));
});

it.each([0, 1, -1, Number.NaN])('has no normal quantile of %s', (p) => {
  expect(() => normalQuantile(p)).toThrow(RangeError);
});

describe('sliceBy', () => {
  it.each(truths.quartiles)('cuts numbers where pandas does: $name', ({ values, sizes }) => {
    const slices = sliced('x', values.map(String));
    const least = (rows: readonly number[]) =>
      Math.min(...rows.map((row) => values[row] as number));
    const ascending = slices.toSorted((a, b) => least(a.rows) - least(b.rows));
    expect(ascending.map(({ rows }) => rows.length)).toEqual(sizes);
  });

  it('takes texts and a few numbers for categories, and empty cells for a slice', () => {
    expect(sliced('x', ['b', 'a', ' b ', '', 'nan'])).toEqual([
      { name: 'b', rows: [0, 2] },
      { name: 'a', rows: [1] },
      { name: '(missing)', rows: [3, 4] },
    ]);
    expect(sliced('x', ['1', '2', '1'])).toEqual([
      { name: '1', rows: [0, 2] },
      { name: '2', rows: [1] },
    ]);
  });

  it('cuts eleven numbers, and names each slice by its edges', () => {
    const names = sliced(
      'x',
      Array.from({ length: 11 }, (_, i) => String(i)),
    ).map((s) => s.name);
    expect(names).toEqual(['≤ 2', '2 to 5', '5 to 8', '> 8']);
    expect(
      sliced(
        'x',
        Array.from({ length: 10 }, (_, i) => String(i)),
      ),
    ).toHaveLength(10);
  });

  it('puts every row into one slice', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(''), fc.double().map(String))), (cells) => {
        const rows = sliced('x', cells).flatMap((slice) => slice.rows);
        expect(rows.toSorted((a, b) => a - b)).toEqual(cells.map((_, row) => row));
      }),
    );
  });

  it('is inconclusive about a column that is not there, or there twice', () => {
    const table = { header: ['a', 'a'], rows: [['1', '2']] };
    expect(sliceBy('b', table)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('column b: got columns "a, a"'),
    });
    expect(sliceBy('a', table)).toMatchObject({
      reason: expect.stringContaining('more than once'),
    });
  });
});

it.each(truths.distributions)('cuts a distribution where numpy does: $name', (one) => {
  const got = numericDistribution(one.values.map((value) => value ?? Number.NaN));
  if (got.kind !== 'numeric') throw new Error(`got ${got.kind}`);
  const { kind: _, mean, standardDeviation, endSums, ...exact } = got;
  const { mean: m, standardDeviation: s, endSums: e, ...expected } = one.expected;
  expect(exact).toEqual(expected);
  const scale = Math.max(1, ...one.values.map((value) => Math.abs(value ?? 0)));
  const close = (value: number, truth: unknown) =>
    expect(Math.abs(value - Number(truth)) / scale).toBeLessThanOrEqual(1e-12);
  close(mean, m);
  close(standardDeviation, s);
  for (const [end, sum] of endSums.entries()) close(sum, (e as number[])[end]);
});

describe('stability', () => {
  it.each(truths.stability)('is the sum of both divergences: $psi', (one) => {
    expect(stabilityIndex(one.expected, one.actual)).toBeCloseTo(one.psi, 12);
  });

  it('is symmetric and never negative', () => {
    const counts = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(counts, (pairs) => {
        const [p, q] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        expect(stabilityIndex(p, q)).toBeCloseTo(stabilityIndex(q, p), 9);
        expect(stabilityIndex(p, q)).toBeGreaterThanOrEqual(-1e-12);
      }),
    );
  });

  it.each(truths.chiSquare)('knows what chance explains of $bins bins at $alpha', (one) => {
    const got = stabilityByChance(one.bins, 100, 400, one.alpha);
    expect(Math.abs(got / (one.quantile * (1 / 100 + 1 / 400)) - 1)).toBeLessThan(0.05);
  });
});
