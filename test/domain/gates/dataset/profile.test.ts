import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DatasetContract } from '#domain/gates/dataset/contract.ts';
import { measureOverlap } from '#domain/gates/dataset/overlap.ts';
import { profileDataset } from '#domain/gates/dataset/profile.ts';
import { UnreadableRows } from '#domain/gates/dataset/rows.ts';
import { contractOf, csvSource, HEADER, profiled, soundRows, sourceOf } from './fixture.ts';
import truth from './fixtures/truth.json' with { type: 'json' };

const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const contract = DatasetContract.parse({
  schema: 'assay.dataset/v1',
  columns: [
    { name: 'id', type: 'integer', nullable: false },
    { name: 'collected', type: 'timestamp', nullable: false },
    { name: 'load', type: 'number', nullable: true },
    { name: 'falling', type: 'number', nullable: false },
    { name: 'restarts', type: 'integer', nullable: false },
    { name: 'region', type: 'category', nullable: true },
    { name: 'canary', type: 'boolean', nullable: false },
    { name: 'build', type: 'integer', nullable: false },
    { name: 'failed', type: 'category', nullable: false },
  ],
  label: { column: 'failed', task: 'binary-classification' },
  timestamp: 'collected',
  identifiers: ['id'],
});

describe('profileDataset', () => {
  it('finds what pandas and scikit-learn find', async () => {
    const { profile } = await profiled(csvSource(await fixture('train.csv')), contract);
    const expected = truth.profile;
    expect(profile.rows).toBe(expected.rows);
    expect(profile.duplicates).toMatchObject({ count: expected.duplicates, exact: true });
    expect(profile.classes).toEqual(expected.classes);
    expect(profile.columns).toHaveLength(expected.columns.length);
    expected.columns.forEach(({ name, missing, distinct, ...more }, at) => {
      expect(profile.columns[at], name).toMatchObject({
        name,
        missing: { count: missing },
        wrongType: { count: 0 },
        distinct: { count: distinct, exact: true },
        ...more,
      });
    });
    for (const [column, area] of Object.entries(expected.leakage)) {
      const found = profile.leakage?.features.find((one) => one.column === column);
      expect(found?.auc, column).toBeCloseTo(area, 12);
    }
  });

  it('finds the training rows in a test set that pandas finds', async () => {
    const [train, test] = await Promise.all(
      ['train.csv', 'test.csv'].map(async (name) => {
        const { rowHashes } = await profiled(csvSource(await fixture(name)), contract);
        return rowHashes;
      }),
    );
    if (!train || !test) throw new Error('a fixture is missing');
    expect(measureOverlap(train, test)).toEqual({
      ok: true,
      value: { rows: truth.overlap, compared: truth.testRows, exact: true },
    });
  });

  it('names the first rows that break a rule', async () => {
    const strict = contractOf({
      columns: [
        { name: 'load', type: 'number', nullable: true, domain: { min: 0, max: 1 } },
        { name: 'region', type: 'category', nullable: true, domain: { values: ['eu', 'us'] } },
        { name: 'failed', type: 'boolean', nullable: false },
      ],
      missingValues: ['NA'],
    });
    const rows = [
      ['0.5', ' eu ', 'true'],
      ['NA', 'NA', '1'],
      ['nan', '', ''],
      ['1.5', 'mars', 'maybe'],
      ['high', 'us', 'false', 'us'],
      ['-1', 'us'],
      ['0.50', 'eu', 'True'],
    ];
    const { profile } = await profiled(sourceOf(HEADER, rows), strict);
    const [load, region, failed] = profile.columns;
    expect(load).toMatchObject({
      rows: 7,
      missing: { count: 2, rows: [2, 3] },
      wrongType: { count: 1, rows: [5] },
      outOfDomain: { count: 2, rows: [4, 6] },
      min: -1,
      max: 1.5,
      distinct: { count: 3, exact: true },
    });
    expect(region).toMatchObject({
      missing: { count: 2, rows: [2, 3] },
      outOfDomain: { count: 1, rows: [4] },
      top: [
        { value: 'eu', rows: 2 },
        { value: 'us', rows: 2 },
        { value: 'mars', rows: 1 },
      ],
    });
    expect(failed).toMatchObject({
      missing: { count: 2, rows: [3, 6] },
      wrongType: { count: 1, rows: [4] },
    });
    expect(profile.ragged).toEqual({ count: 2, rows: [5, 6] });
    expect(profile.duplicates).toEqual({ count: 1, rows: [7], exact: true });
    expect(profile.classes).toEqual([
      { label: 'true', rows: 3 },
      { label: 'false', rows: 1 },
    ]);
  });

  it('keeps no more than the first five rows that break a rule', async () => {
    const rows = Array.from({ length: 50 }, () => ['x', 'eu', 'true']);
    const { profile } = await profiled(sourceOf(HEADER, rows), contractOf());
    expect(profile.columns[0]?.wrongType).toEqual({ count: 50, rows: [1, 2, 3, 4, 5] });
    expect(profile.duplicates.rows).toEqual([2, 3, 4, 5, 6]);
  });

  it('says which columns the file lacks, repeats and adds', async () => {
    const ignoring = contractOf({ ignored: ['comment'] });
    const header = ['failed', 'load', 'load', 'comment', 'extra'];
    const { profile } = await profiled(sourceOf(header, [['1', '2', '3', 'x', 'y']]), ignoring);
    expect(profile).toMatchObject({
      absent: ['region'],
      repeated: ['load'],
      undeclared: ['extra'],
    });
    expect(profile.columns.map(({ name }) => name)).toEqual(['load', 'failed']);
  });

  it('counts declared classes that never occur', async () => {
    const rare = contractOf({
      columns: [
        { name: 'failed', type: 'category', nullable: false, domain: { values: ['a', 'b', 'c'] } },
      ],
      label: { column: 'failed', task: 'multiclass-classification' },
    });
    const { profile } = await profiled(sourceOf(['failed'], [['b'], ['a'], ['b']]), rare);
    expect(profile.classes).toEqual([
      { label: 'b', rows: 2 },
      { label: 'a', rows: 1 },
      { label: 'c', rows: 0 },
    ]);
  });

  it('counts no classes when there are too many, and cuts long ones to whole characters', async () => {
    const named = contractOf({
      columns: [{ name: 'failed', type: 'category', nullable: false }],
      label: { column: 'failed', task: 'multiclass-classification' },
    });
    const classesOf = async (rows: string[][], distinct: number) => {
      const { profile } = await profiled(sourceOf(['failed'], rows), named, { distinct });
      return profile.classes;
    };
    const rows = Array.from({ length: 33 }, (_, n) => [`c${n}`]);
    expect(await classesOf(rows, 33)).toHaveLength(33);
    expect(await classesOf(rows, 32)).toBeUndefined();
    const long = `${'x'.repeat(79)}🦆`;
    expect(await classesOf([[long]], 32)).toEqual([{ label: `${'x'.repeat(79)}\ufffd`, rows: 1 }]);
  });

  it('tells whole numbers apart that a double cannot', async () => {
    const large = contractOf({
      columns: [
        { name: 'load', type: 'integer', nullable: true },
        { name: 'failed', type: 'boolean', nullable: false },
      ],
    });
    const rows = ['9007199254740993', '9007199254740992', '7', '7.0'].map((one) => [one, '1']);
    const { profile } = await profiled(sourceOf(['load', 'failed'], rows), large);
    expect(profile.duplicates).toMatchObject({ count: 1, rows: [4] });
  });

  it('estimates beyond its limits, and says so', async () => {
    const rows = soundRows(6000);
    const repeated = [...rows, ...rows.slice(0, 3000)];
    const limits = { rowHashes: 1000, sampleRows: 1000, distinct: 256 };
    const { profile } = await profiled(sourceOf(HEADER, repeated, 100), contractOf(), limits);
    expect(profile.duplicates.exact).toBe(false);
    expect(Math.abs(profile.duplicates.count - 3000)).toBeLessThan(400);
    expect(profile.columns[0]?.distinct.exact).toBe(false);
    expect(Math.abs((profile.columns[0]?.distinct.count ?? 0) / 6000 - 1)).toBeLessThan(0.25);
    expect(profile.leakage?.sampled).toBe(true);
    expect(profile.leakage?.rows).toBeLessThanOrEqual(1000);
    expect(profile.leakage?.rows).toBeGreaterThan(200);
  });

  it('gives the reason of a file that cannot be read to its end, and throws any other fault', async () => {
    const broken = (error: Error) => ({
      header: HEADER,
      batches: (async function* () {
        yield soundRows(3);
        throw error;
      })(),
    });
    const unreadable = new UnreadableRows('row 4 has an open quote; close it');
    expect(await profileDataset(broken(unreadable), contractOf(), 1)).toEqual({
      ok: false,
      verdict: 'inconclusive',
      reason: 'row 4 has an open quote; close it',
    });
    await expect(profileDataset(broken(new Error('gone')), contractOf(), 1)).rejects.toThrow(
      'gone',
    );
  });
});
