import { describe, expect, it } from 'vitest';
import { DatasetContract, isFeature } from '#domain/gates/dataset/contract.ts';
import { DatasetPolicy, DEFAULT_DATASET_POLICY } from '#domain/gates/dataset/policy.ts';
import { problemsOf } from '#domain/registry/problem.ts';

const valid = {
  schema: 'assay.dataset/v1',
  columns: [
    { name: 'id', type: 'integer', nullable: false },
    { name: 'seen', type: 'timestamp', nullable: false },
    { name: 'load', type: 'number', nullable: true, domain: { min: 0, max: 100 } },
    { name: 'region', type: 'category', nullable: true, domain: { values: ['eu', 7] } },
    { name: 'failed', type: 'boolean', nullable: false },
  ],
  label: { column: 'failed', task: 'binary-classification' },
  timestamp: 'seen',
  identifiers: ['id'],
  ignored: ['comment'],
  missingValues: ['NA'],
};

function fieldsOf(document: unknown): string[] {
  const { error } = DatasetContract.safeParse(document);
  return error ? problemsOf(error, document, 'correct it').map(({ field }) => field) : [];
}

const withColumn = (column: object) => ({
  ...valid,
  columns: [...valid.columns, { name: 'more', nullable: true, ...column }],
});

describe('DatasetContract', () => {
  it('takes for features what is neither the label, a time nor an identifier', () => {
    const contract = DatasetContract.parse(valid);
    const features = contract.columns.filter((column) => isFeature(contract, column));
    expect(features.map(({ name }) => name)).toEqual(['load', 'region']);
  });

  it.each([
    ['a field nobody knows', { ...valid, owner: 'x' }, 'owner'],
    ['a column twice', withColumn({ name: 'load', type: 'text' }), 'columns'],
    ['no age', { ...valid, timestamp: undefined }, 'timestamp'],
    ['two ages', { ...valid, collected: '2024-01-01' }, 'timestamp'],
    ['a time that is no column', { ...valid, timestamp: 'when' }, 'timestamp'],
    ['a time that is a number', { ...valid, timestamp: 'load' }, 'timestamp'],
    [
      'a day that does not exist',
      { ...valid, timestamp: undefined, collected: '2023-02-29' },
      'collected',
    ],
    [
      'a label that is no column',
      { ...valid, label: { ...valid.label, column: 'y' } },
      'label.column',
    ],
    [
      'a label that may be missing',
      { ...valid, label: { ...valid.label, column: 'region' } },
      'label.column',
    ],
    [
      'a regression of classes',
      { ...valid, label: { ...valid.label, task: 'regression' } },
      'label.column',
    ],
    ['an identifier that is the label', { ...valid, identifiers: ['failed'] }, 'identifiers'],
    ['an identifier that is no column', { ...valid, identifiers: ['key'] }, 'identifiers'],
    ['a column declared and ignored', { ...valid, ignored: ['load'] }, 'ignored'],
    [
      'an interval of a category',
      withColumn({ type: 'category', domain: { min: 0 } }),
      'columns[5].domain',
    ],
    [
      'texts among numbers',
      withColumn({ type: 'number', domain: { values: ['1'] } }),
      'columns[5].domain',
    ],
    [
      'a domain of a text',
      withColumn({ type: 'text', domain: { values: ['a'] } }),
      'columns[5].domain',
    ],
    [
      'an empty interval',
      withColumn({ type: 'number', domain: { min: 2, max: 1 } }),
      'columns[5].domain',
    ],
  ])('refuses %s', (_, document, field) => {
    expect(fieldsOf(valid)).toEqual([]);
    expect(fieldsOf(document)).toContain(field);
  });
});

describe('DatasetPolicy', () => {
  it('holds its own defaults, and refuses shares beyond 1 and unknown settings', () => {
    expect(DatasetPolicy.parse(DEFAULT_DATASET_POLICY)).toEqual(DEFAULT_DATASET_POLICY);
    const parse = (more: object) =>
      DatasetPolicy.safeParse({ ...DEFAULT_DATASET_POLICY, ...more }).success;
    expect(parse({ missingShareBelow: 1 })).toBe(true);
    expect(parse({ missingShareBelow: 1.01 })).toBe(false);
    expect(parse({ leakageAuc: 0.4 })).toBe(false);
    expect(parse({ rowsMin: 0 })).toBe(false);
    expect(parse({ rowsMax: 1 })).toBe(false);
  });
});
