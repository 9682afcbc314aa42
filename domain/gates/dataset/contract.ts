import * as z from 'zod/mini';
import { epochSeconds } from './timestamp.ts';

const COLUMN_TYPES = ['integer', 'number', 'boolean', 'category', 'text', 'timestamp'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** Columns of one data set: what is kept of each must fit the memory of a function together. */
const MAX_COLUMNS = 2000;

const ColumnName = z.string().check(z.minLength(1), z.maxLength(256));
const ColumnNames = z.array(ColumnName).check(z.maxLength(MAX_COLUMNS));

const Range = z.strictObject({ min: z.optional(z.number()), max: z.optional(z.number()) }).check(
  z.refine(({ min = -Infinity, max = Infinity }) => min <= max, {
    error: 'an interval whose min is not above its max',
  }),
);
const Values = z.strictObject({
  values: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .check(z.minLength(1), z.maxLength(10_000)),
});

const Column = z
  .strictObject({
    name: ColumnName,
    type: z.enum(COLUMN_TYPES),
    /** Whether a cell may be missing. */
    nullable: z.boolean(),
    /** A closed interval of an integer or number; the values of one, or of a category. */
    domain: z.optional(z.union([Range, Values])),
  })
  .check(
    z.refine(
      ({ type, domain }) => {
        if (domain === undefined) return true;
        if (type === 'category') return 'values' in domain;
        if (type !== 'integer' && type !== 'number') return false;
        return !('values' in domain) || domain.values.every((value) => typeof value === 'number');
      },
      {
        path: ['domain'],
        error: 'min and max or numbers for an integer or number, values for a category, else none',
      },
    ),
  );
export type Column = z.infer<typeof Column>;

/** `assay.dataset/v1`: what the columns of a data set hold, and which of them is the truth. */
export const DatasetContract = z
  .strictObject({
    schema: z.literal('assay.dataset/v1'),
    columns: z.array(Column).check(z.minLength(1), z.maxLength(MAX_COLUMNS)),
    label: z.strictObject({
      column: ColumnName,
      task: z.enum(['binary-classification', 'multiclass-classification', 'regression']),
    }),
    /** The column that tells when a row was collected: freshness goes by its newest. */
    timestamp: z.optional(ColumnName),
    /** The day that the data were collected, in UTC, where no column tells. */
    collected: z.optional(
      z.string().check(
        z.refine((day) => day.length === 10 && epochSeconds(day) !== undefined, {
          error: 'a date such as 2026-01-31',
        }),
      ),
    ),
    /** Columns that tell rows apart without describing them: no features, and not in row hashes. */
    identifiers: z.optional(ColumnNames),
    /** Columns of the file that nobody trains on; any other undeclared column is refused. */
    ignored: z.optional(ColumnNames),
    /** Texts that stand for a missing cell, besides the empty one and NaN in numeric columns. */
    missingValues: z.optional(z.array(z.string()).check(z.maxLength(20))),
  })
  .check(
    z.refine(({ columns }) => new Set(columns.map(({ name }) => name)).size === columns.length, {
      path: ['columns'],
      error: 'each column once',
    }),
    z.refine(
      ({ timestamp, collected }) => (timestamp === undefined) !== (collected === undefined),
      {
        path: ['timestamp'],
        error: 'exactly one of "timestamp" and "collected"',
      },
    ),
    z.refine(
      ({ columns, timestamp }) =>
        timestamp === undefined ||
        columns.some(({ name, type }) => name === timestamp && type === 'timestamp'),
      { path: ['timestamp'], error: 'the name of a column of type timestamp' },
    ),
    z.refine(
      ({ columns, label }) => {
        const types = label.task === 'regression' ? NUMERIC : DISCRETE;
        const column = columns.find(({ name }) => name === label.column);
        return column !== undefined && types.includes(column.type) && !column.nullable;
      },
      {
        path: ['label', 'column'],
        error:
          'a column that is not nullable: integer or number for regression, else category, boolean or integer',
      },
    ),
    z.refine(
      ({ columns, identifiers = [], label }) =>
        identifiers.every(
          (one) => one !== label.column && columns.some(({ name }) => name === one),
        ),
      { path: ['identifiers'], error: 'names of columns other than the label' },
    ),
    z.refine(({ columns, ignored = [] }) => !columns.some(({ name }) => ignored.includes(name)), {
      path: ['ignored'],
      error: 'names that "columns" does not declare',
    }),
  );
export type DatasetContract = z.infer<typeof DatasetContract>;

const NUMERIC: readonly ColumnType[] = ['integer', 'number'];
const DISCRETE: readonly ColumnType[] = ['category', 'boolean', 'integer'];

/** Whether a model may learn from the column. */
export const isFeature = (
  { label, timestamp, identifiers = [] }: DatasetContract,
  { name }: Column,
): boolean => name !== label.column && name !== timestamp && !identifiers.includes(name);
