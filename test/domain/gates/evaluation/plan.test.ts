import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { featureRows, jobName } from '#domain/gates/evaluation/plan.ts';

const io = (...inputs: { name: string; features?: string[] }[]) => ({
  io: {
    inputs: inputs.map((input) => ({ datatype: 'FP32' as const, shape: [-1, 1], ...input })),
    outputs: [],
  },
});
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

it('gives the columns that any of the models takes, and keeps the truth', () => {
  const table = { header: ['y', 'b', 'a', 'group'], rows: [['1', ' 2 ', '3', 'x']] };
  const rows = featureRows(table, [
    io({ name: 'X', features: ['a', 'missing'] }),
    io({ name: 'b' }),
  ]);
  expect(textOf(rows)).toBe('b,a\r\n2,3\r\n');
});

it('gives cells that a reader of CSV reads as they were', () => {
  const cell = fc.string({ unit: 'binary' }).map((text) => text.trim());
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
      const bytes = featureRows({ header: ['a', 'b'], rows }, [
        io({ name: 'X', features: ['a', 'b'] }),
      ]);
      const read = parse(Buffer.from(bytes), {
        relax_column_count: false,
        skip_empty_lines: false,
      });
      expect(read).toEqual([['a', 'b'], ...rows]);
    }),
  );
});

it('names a job as SageMaker takes names', () => {
  expect(jobName('0f'.repeat(32))).toMatch(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
  expect(jobName('0f'.repeat(32))).not.toBe(jobName('0e'.repeat(32)));
});
