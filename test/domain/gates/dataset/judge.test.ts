import { describe, expect, it } from 'vitest';
import type { ColumnProfile } from '#domain/gates/dataset/column-scan.ts';
import type { DatasetContract } from '#domain/gates/dataset/contract.ts';
import { type DatasetEvidence, judgeDataset } from '#domain/gates/dataset/judge.ts';
import { DEFAULT_DATASET_POLICY as policy } from '#domain/gates/dataset/policy.ts';
import type { DatasetProfile } from '#domain/gates/dataset/profile.ts';
import { epochSeconds } from '#domain/gates/dataset/timestamp.ts';
import { contractOf } from './fixture.ts';

const ROWS = 10_000;
const none = { count: 0, rows: [] };
const offences = (count: number) => ({ count, rows: [3, 7] });
const column = (name: string, more: Partial<ColumnProfile> = {}): ColumnProfile => ({
  name,
  type: 'number',
  nullable: true,
  rows: ROWS,
  missing: none,
  wrongType: none,
  outOfDomain: none,
  distinct: { count: 500, exact: true },
  ...more,
});
const columnsWith = (more: Partial<ColumnProfile>) => [
  column('load', more),
  column('region', { type: 'category' }),
  column('failed', { type: 'boolean', nullable: false, distinct: { count: 2, exact: true } }),
];
const leakage = (auc: number, copied = 0) => ({
  rows: ROWS,
  sampled: false,
  features: [
    { column: 'region', auc: 0.6, copied: 0 },
    { column: 'load', auc, copied },
  ],
});
const sound: DatasetProfile = {
  rows: ROWS,
  columns: columnsWith({}),
  absent: [],
  repeated: [],
  undeclared: [],
  ragged: none,
  duplicates: { ...none, exact: true },
  classes: [
    { label: 'false', rows: 7000 },
    { label: 'true', rows: 3000 },
  ],
  leakage: leakage(0.8),
};
const DAY = 86_400;
const collected = epochSeconds('2024-03-01') ?? 0;

function judge(
  profile: Partial<DatasetProfile>,
  more: Partial<Omit<DatasetEvidence, 'profile'>> = {},
) {
  const checks = judgeDataset({
    contract: contractOf(),
    profile: { ok: true, value: { ...sound, ...profile } },
    overlap: { ok: true, value: { rows: 0, compared: 500, exact: true } },
    policy,
    nowSeconds: collected + 10 * DAY,
    ...more,
  });
  return new Map(checks.map((check) => [check.id.replace('dataset.', ''), check]));
}
const verdict = (id: string, profile: Partial<DatasetProfile>) => judge(profile).get(id)?.verdict;

describe('judgeDataset', () => {
  it('passes a sound data set, check by check', () => {
    const checks = judge({});
    expect([...checks.keys()]).toEqual([
      'rows',
      'freshness',
      'columns',
      'row-width',
      'missing',
      'nulls',
      'types',
      'range',
      'categories',
      'constant-columns',
      'balance',
      'duplicates',
      'leakage',
      'overlap',
    ]);
    for (const check of checks.values()) expect(check.verdict, check.message).toBe('pass');
  });

  it('is inconclusive about a data set without rows, or one that cannot be read', () => {
    expect([...judge({ rows: 0 }).values()]).toEqual([
      {
        id: 'dataset.rows',
        verdict: 'inconclusive',
        observed: 0,
        message: 'the data set has no rows; add them below its header',
      },
    ]);
    const profile = { ok: false, verdict: 'inconclusive', reason: 'no such file' } as const;
    const evidence = { contract: contractOf(), overlap: 'none', policy, nowSeconds: 0 } as const;
    expect(judgeDataset({ ...evidence, profile })).toEqual([
      { id: 'dataset.rows', verdict: 'inconclusive', message: 'no such file' },
    ]);
  });

  it.each([
    [9999, 'fail'],
    [10_000, 'pass'],
    [10_001, 'pass'],
  ])('judges %s rows: %s', (rows, expected) => {
    expect(judge({ rows }).get('rows')).toMatchObject({
      verdict: expected,
      observed: rows,
      threshold: 10_000,
    });
  });

  it.each([
    [-1.01, 'fail', 'ahead of now'],
    [-1, 'pass', '0 days old'],
    [29.9, 'pass', '29.9 days old'],
    [30, 'pass', '30 days old'],
    [30.01, 'fail', 'add what was collected since'],
  ])('judges data of %s days: %s', (days, expected, message) => {
    const nowSeconds = collected + days * DAY;
    expect(judge({}, { nowSeconds }).get('freshness')).toMatchObject({
      verdict: expected,
      message: expect.stringContaining(message),
    });
  });

  it('takes the age from the newest row where a column tells it', () => {
    const contract: DatasetContract = contractOf({
      columns: [
        { name: 'seen', type: 'timestamp', nullable: true },
        { name: 'failed', type: 'boolean', nullable: false },
      ],
      collected: undefined,
      timestamp: 'seen',
    });
    const seen = (more: Partial<ColumnProfile>) =>
      judge({ columns: [column('seen', { type: 'timestamp', ...more })] }, { contract });
    const [oldest, newest] = [collected - 90 * DAY, collected - 20 * DAY];
    expect(seen({ min: oldest, max: newest }).get('freshness')?.verdict).toBe('pass');
    expect(seen({ min: oldest, max: newest - 1 }).get('freshness')?.verdict).toBe('fail');
    expect(seen({}).get('freshness')?.verdict).toBe('inconclusive');
  });

  it.each([
    [1999, 'pass'],
    [2000, 'fail'],
    [2001, 'fail'],
  ])('judges a column that misses %s of 10,000 values: %s', (count, expected) => {
    const check = judge({ columns: columnsWith({ missing: offences(count) }) }).get('missing');
    expect(check).toMatchObject({ verdict: expected, observed: count / ROWS, threshold: 0.2 });
    expect(check?.message.includes(`load (${count}`)).toBe(expected === 'fail');
  });

  it.each([
    ['nulls', { nullable: false, missing: offences(1) }],
    ['types', { wrongType: offences(1) }],
    ['range', { outOfDomain: offences(1) }],
    ['categories', { type: 'category', outOfDomain: offences(1) }],
  ] as const)('fails one cell against the rule of %s, and says where it is', (id, more) => {
    expect(judge({ columns: columnsWith(more) }).get(id)).toMatchObject({
      verdict: 'fail',
      where: 'column load, rows 3, 7',
      message: expect.stringContaining('load (1, 0.01 %)'),
    });
  });

  it.each([
    ['types', 'wrongType', 'wrongTypeShareMax'],
    ['range', 'outOfDomain', 'outOfDomainShareMax'],
    ['categories', 'outOfDomain', 'outOfDomainShareMax'],
  ] as const)('allows what the policy allows against the rule of %s', (id, offence, setting) => {
    const type = id === 'categories' ? 'category' : 'number';
    const judged = (count: number) =>
      judge(
        { columns: columnsWith({ type, [offence]: offences(count) }) },
        { policy: { ...policy, [setting]: 0.01 } },
      ).get(id)?.verdict;
    expect([99, 100, 101].map(judged)).toEqual(['pass', 'pass', 'fail']);
  });

  it('lets a nullable column miss a value, and tells ranges from categories', () => {
    expect(verdict('nulls', { columns: columnsWith({ missing: offences(1) }) })).toBe('pass');
    expect(verdict('categories', { columns: columnsWith({ outOfDomain: offences(1) }) })).toBe(
      'pass',
    );
    const category = columnsWith({ type: 'category', outOfDomain: offences(1) });
    expect(verdict('range', { columns: category })).toBe('pass');
  });

  it.each([
    ['lacks load', { absent: ['load'] }],
    ['has load more than once', { repeated: ['load'] }],
    ['has email, which nobody declared', { undeclared: ['email'] }],
  ])('fails a file that %s', (message, profile) => {
    expect(judge(profile).get('columns')).toMatchObject({
      verdict: 'fail',
      message: expect.stringContaining(message),
    });
  });

  it('fails rows of another width', () => {
    expect(judge({ ragged: offences(2) }).get('row-width')).toMatchObject({
      verdict: 'fail',
      observed: 2,
      where: 'rows 3, 7',
    });
  });

  it.each([
    [0, 'fail'],
    [1, 'fail'],
    [2, 'pass'],
  ])('judges a feature of %s different values: %s', (count, expected) => {
    const columns = columnsWith({ distinct: { count, exact: true } });
    expect(verdict('constant-columns', { columns })).toBe(expected);
  });

  it('does not ask identifiers, times and labels to vary, nor more than the policy does', () => {
    const columns = columnsWith({ distinct: { count: 1, exact: true } });
    const constant = (count: number) =>
      Array.from({ length: count }, (_, n) =>
        column(`c${n}`, { distinct: { count: 1, exact: true } }),
      );
    const many = contractOf({
      columns: [
        ...['c0', 'c1', 'c2'].map((name) => ({ name, type: 'number', nullable: true })),
        { name: 'failed', type: 'boolean', nullable: false },
      ],
    });
    const allowing = { contract: many, policy: { ...policy, constantColumnsMax: 2 } };
    const judged = (count: number) =>
      judge({ columns: constant(count) }, allowing).get('constant-columns')?.verdict;
    expect([1, 2, 3].map(judged)).toEqual(['pass', 'pass', 'fail']);
    const contract = contractOf({ identifiers: ['load'] });
    expect(judge({ columns }, { contract }).get('constant-columns')?.verdict).toBe('pass');
    const label = [column('failed', { distinct: { count: 1, exact: true } })];
    expect(verdict('constant-columns', { columns: label })).toBe('pass');
  });

  it.each([
    [99, 'fail'],
    [100, 'pass'],
    [101, 'pass'],
  ])('judges a minority of %s among 10,000 rows: %s', (rows, expected) => {
    const classes = [
      { label: 'no', rows: ROWS - rows },
      { label: 'yes', rows },
    ];
    expect(judge({ classes }).get('balance')).toMatchObject({
      verdict: expected,
      observed: rows / ROWS,
      threshold: 0.01,
      message: expect.stringContaining(`class yes has ${rows} of 10000 rows`),
    });
  });

  const multiclass = contractOf({
    columns: [{ name: 'failed', type: 'category', nullable: false }],
    label: { column: 'failed', task: 'multiclass-classification' },
  });

  it.each([
    [49, 'fail'],
    [50, 'pass'],
    [51, 'pass'],
  ])('asks 2/k of the share of each of k classes: %s rows of 10,000: %s', (rows, expected) => {
    const classes = [
      { label: 'a', rows: 5000 },
      { label: 'b', rows: 3000 },
      { label: 'c', rows: 2000 - rows },
      { label: 'd', rows },
    ];
    const check = judge({ classes }, { contract: multiclass }).get('balance');
    expect(check).toMatchObject({ verdict: expected, threshold: 0.005 });
  });

  it('fails a classification of one class, and a binary one of three', () => {
    const of = (...rows: number[]) => rows.map((n, at) => ({ label: `c${at}`, rows: n }));
    expect(verdict('balance', { classes: of(ROWS) })).toBe('fail');
    expect(verdict('balance', { classes: of(4000, 3000, 3000) })).toBe('fail');
    const three = judge({ classes: of(4000, 3000, 3000) }, { contract: multiclass });
    expect(three.get('balance')?.verdict).toBe('pass');
    const one = judge({ classes: of(ROWS) }, { contract: multiclass });
    expect(one.get('balance')?.verdict).toBe('fail');
  });

  it('is inconclusive about labels that are absent or too many, and knows none of a regression', () => {
    const { classes: _classes, leakage: _leakage, ...unlabelled } = sound;
    const judged = (profile: DatasetProfile, contract = contractOf()) => {
      const checks = judgeDataset({
        contract,
        profile: { ok: true, value: profile },
        overlap: 'none',
        policy,
        nowSeconds: collected,
      });
      return (id: string) => checks.find((check) => check.id === `dataset.${id}`)?.verdict;
    };
    const absent = judged({ ...unlabelled, absent: ['failed'] });
    expect([absent('balance'), absent('leakage'), absent('columns')]).toEqual([
      'inconclusive',
      'inconclusive',
      'fail',
    ]);
    expect(judged(unlabelled)('balance')).toBe('inconclusive');
    expect(judged({ ...unlabelled, classes: [] })('balance')).toBe('inconclusive');
    const regression = contractOf({
      columns: [{ name: 'failed', type: 'number', nullable: false }],
      label: { column: 'failed', task: 'regression' },
    });
    expect(judged(unlabelled, regression)('balance')).toBe('pass');
  });

  it.each([
    [99, 'pass'],
    [100, 'pass'],
    [101, 'fail'],
  ])('judges %s repeated rows of 10,000: %s', (count, expected) => {
    const check = judge({ duplicates: { ...offences(count), exact: true } }).get('duplicates');
    expect(check).toMatchObject({ verdict: expected, observed: count / ROWS, threshold: 0.01 });
    expect(check?.message).toMatch(new RegExp(`^${count} of`));
  });

  it('says that it estimated the repeated rows', () => {
    const duplicates = { ...offences(4), exact: false };
    expect(judge({ duplicates }).get('duplicates')?.message).toMatch(/^an estimated 4 of/);
  });

  it.each([
    [0.9799, 0.2, 'pass', 'the highest AUC is 0.9799'],
    [0.98, 0.2, 'fail', 'load (AUC 0.98)'],
    [0.9801, 0.2, 'fail', 'load (AUC 0.9801)'],
    [0.7, 0.9999, 'pass', 'the highest AUC is 0.7'],
    [0.7, 1, 'fail', 'load (a copy of it)'],
  ])('judges an AUC of %s and a copy of %s: %s', (auc, copied, expected, message) => {
    expect(judge({ leakage: leakage(auc, copied) }).get('leakage')).toMatchObject({
      verdict: expected,
      observed: auc,
      threshold: 0.98,
      message: expect.stringContaining(message),
    });
  });

  it('says that leakage is that of a sample, or unknown', () => {
    const sampled = { ...leakage(0.7), rows: 50_000, sampled: true };
    expect(judge({ leakage: sampled }).get('leakage')?.message).toContain(
      'of a sample of 50000 rows',
    );
    const unknown = { ...leakage(0.7), unknown: 'too few rows', features: [] };
    expect(verdict('leakage', { leakage: unknown })).toBe('inconclusive');
  });

  it.each([
    [0, 'pass'],
    [1, 'fail'],
  ])('judges %s test rows among the training rows: %s', (rows, expected) => {
    const overlap = { ok: true, value: { rows, compared: 500, exact: true } } as const;
    expect(judge({}, { overlap }).get('overlap')).toMatchObject({
      verdict: expected,
      observed: rows / 500,
      threshold: 0,
    });
  });

  it('allows the overlap that the policy allows, and no more', () => {
    const allowing = { ...policy, overlapShareMax: 0.01 };
    const judged = (rows: number) =>
      judge(
        {},
        { policy: allowing, overlap: { ok: true, value: { rows, compared: 500, exact: false } } },
      ).get('overlap');
    expect([4, 5, 6].map((rows) => judged(rows)?.verdict)).toEqual(['pass', 'pass', 'fail']);
    expect(judged(4)?.message).toContain('(a sample)');
  });

  it('does not take rows that could not be compared for none in common', () => {
    const nothing = { ok: true, value: { rows: 0, compared: 0, exact: true } } as const;
    expect(judge({}, { overlap: nothing }).get('overlap')?.verdict).toBe('inconclusive');
    const other = { ok: false, verdict: 'inconclusive', reason: 'other columns' } as const;
    expect(judge({}, { overlap: other }).get('overlap')).toMatchObject({
      verdict: 'inconclusive',
      message: 'other columns',
    });
    expect(judge({}, { overlap: 'none' }).get('overlap')?.message).toContain('not applicable');
  });
});
