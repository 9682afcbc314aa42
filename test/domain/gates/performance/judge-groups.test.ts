import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeGroups } from '#domain/gates/performance/judge-groups.ts';
import {
  DEFAULT_PERFORMANCE_POLICY,
  type PerformancePolicy,
} from '#domain/gates/performance/policy.ts';
import type { Evaluation } from '#domain/registry/manifest.ts';

/** Rows of one group: how many positives and negatives there are, and of each are answered so. */
interface Group {
  readonly name: string;
  readonly positives: number;
  readonly found: number;
  readonly negatives: number;
  readonly alarms: number;
}

const group = (name: string, positives: number, found: number, negatives = 0, alarms = 0) => ({
  name,
  positives,
  found,
  negatives,
  alarms,
});

type More = Partial<Evaluation> & { readonly policy?: Partial<PerformancePolicy> };

function judge(groups: readonly Group[], { policy = {}, ...more }: More) {
  const rows: { name: string; truth: number; answer: number }[] = [];
  for (const { name, positives, found, negatives, alarms } of groups) {
    for (let i = 0; i < positives; i++) rows.push({ name, truth: 1, answer: i < found ? 1 : 0 });
    for (let i = 0; i < negatives; i++) rows.push({ name, truth: 0, answer: i < alarms ? 1 : 0 });
  }
  const { checks, evidence } = judgeGroups({
    table: { header: ['group'], rows: rows.map(({ name }) => [name]) },
    evaluation: {
      dataset: 'evaluation.csv',
      target: 'y',
      task: 'binary-classification',
      ...more,
    },
    answers: {
      truth: {
        kind: 'classes',
        indexes: Int32Array.from(rows, ({ truth }) => truth),
        classes: ['no', 'yes'],
      },
      predictions: { kind: 'classes', predicted: Int32Array.from(rows, ({ answer }) => answer) },
    },
    policy: { ...DEFAULT_PERFORMANCE_POLICY, ...policy },
  });
  const of = (id: string) => checks.find((check) => check.id === `performance.${id}`);
  return { checks, evidence, of };
}

const bySlice = { slices: ['group'] };
const byAttribute = { protectedAttributes: ['group'] };

describe('slices', () => {
  it.each([
    [801, 'pass', 'of 0.1 allowed'],
    [800, 'pass', 'of 0.1 allowed'],
    [799, 'fail', 'more than 0.1, and is no chance'],
  ])('judges %s right of 1000 where the others have 900: %s', (right, verdict, message) => {
    const check = judge([group('a', 1000, 900), group('b', 1000, right)], bySlice).of('slices');
    expect(check).toMatchObject({ verdict, where: 'group' });
    expect(check?.message).toContain(message);
  });

  it.each([
    [29, 'pass', '1 with fewer than 30 rows not judged'],
    [30, 'fail', 'where group is b (30 rows)'],
    [31, 'fail', 'where group is b (31 rows)'],
  ])('judges a slice that is all wrong if it has 30 rows: %s', (rows, verdict, message) => {
    const check = judge([group('a', 500, 490), group('b', rows, 0)], bySlice).of('slices');
    expect(check).toMatchObject({ verdict, message: expect.stringContaining(message) });
  });

  it('does not fail a slice for a gap that chance may explain, but warns', () => {
    const check = judge([group('a', 500, 455), group('b', 30, 24)], bySlice).of('slices');
    expect(check).toMatchObject({
      verdict: 'pass',
      message: expect.stringMatching(/^warning: accuracy 0.8 .* which chance may explain/),
    });
  });

  it('asks for more evidence the more slices it judges', () => {
    const pair = [group('a', 400, 300), group('b', 30, 15)];
    expect(judge(pair, bySlice).of('slices')?.verdict).toBe('fail');
    const many = Array.from({ length: 60 }, (_, i) => group(`c${i}`, 60, 45));
    expect(judge([...pair, ...many], bySlice).of('slices')).toMatchObject({
      verdict: 'pass',
      message: expect.stringContaining('warning'),
    });
  });

  it('fails an honest model in at most 5 % of draws, over all of its slices together', () => {
    let failed = 0;
    const draws = fc.sample(
      fc.array(fc.array(fc.nat(9), { minLength: 40, maxLength: 40 }), {
        minLength: 8,
        maxLength: 8,
      }),
      { numRuns: 400, seed: 1 },
    );
    for (const slices of draws) {
      const groups = slices.map((rows, i) =>
        group(`s${i}`, rows.length, rows.filter((digit) => digit > 0).length),
      );
      const policy = { sliceAccuracyGapMax: 0 };
      if (judge(groups, { ...bySlice, policy }).of('slices')?.verdict === 'fail') failed++;
    }
    expect(failed / draws.length).toBeLessThanOrEqual(0.05);
  });

  it('takes the protected attributes for slices, each once', () => {
    const { checks, evidence } = judge([group('a', 50, 48, 50, 2)], {
      slices: ['group'],
      ...byAttribute,
    });
    expect(checks.filter(({ id }) => id === 'performance.slices')).toHaveLength(1);
    expect(evidence).toMatchObject({
      slices: { group: { notJudged: 0, slices: [{ slice: 'a', rows: 100, accuracy: 0.96 }] } },
    });
  });

  it('is inconclusive about columns that are missing or have no large slice', () => {
    expect(judge([group('a', 29, 29)], bySlice).of('slices')).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('no value of group has 30 rows'),
    });
    expect(judge([group('a', 50, 50)], { slices: ['area'] }).of('slices')).toMatchObject({
      verdict: 'inconclusive',
      where: 'area',
      message: expect.stringContaining('exactly one column of this name'),
    });
  });

  it('says that nothing was to be judged', () => {
    const { of } = judge([group('a', 50, 50)], {});
    expect(of('slices')?.message).toContain('names no slices');
    expect(of('fairness')).toMatchObject({
      verdict: 'pass',
      message: expect.stringContaining('neither manifest nor policy names a protected attribute'),
    });
  });

  it('reports the errors of a regression, and is inconclusive about its fairness', () => {
    const values = {
      kind: 'values',
      values: Float64Array.from({ length: 60 }, (_, i) => i),
    } as const;
    const { checks } = judgeGroups({
      table: {
        header: ['group'],
        rows: Array.from({ length: 60 }, (_, i) => [i < 30 ? 'a' : 'b']),
      },
      evaluation: { dataset: 'e.csv', target: 'y', task: 'regression', ...byAttribute },
      answers: {
        truth: values,
        predictions: { kind: 'values', values: values.values.map((v) => (v < 30 ? v : v + 2)) },
      },
      policy: DEFAULT_PERFORMANCE_POLICY,
    });
    expect(checks).toMatchObject([
      { id: 'performance.slices', verdict: 'pass', observed: 2 },
      { id: 'performance.fairness', verdict: 'inconclusive' },
    ]);
    expect(checks[0]?.message).toContain('RMSE up to 2 (b) over 2 slices');
  });
});

describe('fairness', () => {
  const fair = (found: number, alarms = 100) => [
    group('a', 1000, 900, 1000, 100),
    group('b', 1000, found, 1000, alarms),
  ];

  it.each([
    [401, 'pass', ''],
    [400, 'pass', 'is 0.8 × the 0.5'],
    [399, 'fail', 'yes being favourable'],
  ])('judges %s selected of 1000 where 500 others are: %s', (selected, verdict, message) => {
    // Alike in what is right, so that only the selection tells the groups apart.
    const groups = [
      group('a', 500, 500, 500, 0),
      group('b', selected, selected, 1000 - selected, 0),
    ];
    const { of } = judge(groups, byAttribute);
    expect(of('selection-rate')).toMatchObject({ verdict, threshold: 0.8 });
    expect(of('selection-rate')?.message).toContain(message);
    expect(of('equal-opportunity')?.verdict).toBe('pass');
    expect(of('equalized-odds')?.verdict).toBe('pass');
  });

  it.each([
    [801, 'pass'],
    [800, 'pass'],
    [799, 'fail'],
  ])('judges %s of 1000 positives found where 900 others are: %s', (found, verdict) => {
    const { of } = judge(fair(found), byAttribute);
    expect(of('equal-opportunity')).toMatchObject({ verdict, threshold: 0.1, where: 'group' });
    expect(of('equalized-odds')?.verdict).toBe(verdict);
    expect(of('selection-rate')?.verdict).toBe('pass');
  });

  it.each([
    [199, 'pass'],
    [200, 'pass'],
    [201, 'fail'],
  ])('judges %s of 1000 negatives selected where 100 others are: %s', (alarms, verdict) => {
    const { of } = judge(fair(900, alarms), byAttribute);
    expect(of('equalized-odds')).toMatchObject({ verdict, threshold: 0.1 });
    expect(of('equal-opportunity')?.verdict).toBe('pass');
  });

  it('does not decide where chance may explain the difference', () => {
    const small = [group('a', 60, 56, 60, 6), group('b', 30, 24, 30, 3)];
    expect(judge(small, byAttribute).of('equal-opportunity')).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringMatching(/which chance may explain; add rows of both groups/),
    });
  });

  it('finds the pair that is certain behind one that is worse by chance', () => {
    const groups = [
      group('a', 1000, 600, 1000, 100),
      group('b', 1000, 450, 1000, 100),
      group('c', 30, 12, 30, 3),
    ];
    const check = judge(groups, byAttribute).of('equal-opportunity');
    expect(check?.verdict).toBe('fail');
    expect(check?.message).toContain('where group is b');
    expect(check?.observed).toBeCloseTo(0.2, 12);
  });

  it.each([
    [29, 'inconclusive'],
    [30, 'pass'],
    [31, 'pass'],
  ])('knows a rate from 30 rows on: %s', (positives, verdict) => {
    const groups = [group('a', 500, 500, 500, 0), group('b', positives, positives, 500, 0)];
    const { of } = judge(groups, { ...byAttribute, policy: { selectionRateRatioMin: 0 } });
    expect(of('equal-opportunity')?.verdict).toBe(verdict);
    expect(of('selection-rate')?.verdict).toBe('pass');
  });

  it('judges the attributes that the policy names, whatever the manifest does', () => {
    const { of } = judge(fair(500), { policy: { protectedAttributes: ['group'] } });
    expect(of('equal-opportunity')?.verdict).toBe('fail');
    const absent = judge(fair(900), { policy: { protectedAttributes: ['sex'] } });
    expect(absent.of('fairness')?.verdict).toBe('inconclusive');
  });

  it('leaves more than two classes to the accuracy of the groups', () => {
    const { of } = judge(fair(900), { ...byAttribute, task: 'multiclass-classification' });
    expect(of('fairness')).toMatchObject({ verdict: 'pass', where: 'group' });
    expect(of('slices')).toMatchObject({ verdict: 'pass', where: 'group' });
  });

  it('judges alike whatever the groups are called and whoever comes first', () => {
    const size = fc.integer({ min: 30, max: 300 });
    const one = fc.record({
      positives: size,
      negatives: size,
      p: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 2, maxLength: 5 }), (sizes) => {
        const groups = sizes.map(({ positives, negatives, p }, i) =>
          group(
            `g${i}`,
            positives,
            Math.round(p * positives),
            negatives,
            Math.round(p * negatives),
          ),
        );
        const verdicts = (of: readonly Group[]) =>
          judge(of, byAttribute).checks.map(({ id, verdict }) => `${id} ${verdict}`);
        expect(verdicts(groups.toReversed())).toEqual(verdicts(groups));
      }),
    );
  });
});
