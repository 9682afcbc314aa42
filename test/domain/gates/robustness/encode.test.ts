import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Feed } from '#domain/gates/feed.ts';
import { textColumn } from '#domain/gates/feed.ts';
import { encode } from '#domain/gates/robustness/encode.ts';
import { featuresOf, shifted } from '#domain/gates/robustness/features.ts';
import { DATATYPES, type Datatype, type IoSchema } from '#domain/registry/io-schema.ts';

const fed = DATATYPES.filter((datatype) => datatype !== 'BF16');

/** A feed of two columns, and the schema that names them. */
function feedOf(datatype: Datatype, cells: readonly string[]): { feed: Feed; schema: IoSchema } {
  const column = textColumn(datatype, cells.length);
  if (!column) throw new Error(`no feed of ${datatype}`);
  cells.forEach((cell, at) => {
    expect(column.set(at, cell)).toBe(true);
  });
  return {
    feed: { name: 'x', datatype, rowShape: [2], width: 2, data: column.data },
    schema: {
      inputs: [{ name: 'x', datatype, shape: [-1, 2], features: ['a', 'b'] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
    },
  };
}

const read = ({ feed, schema }: ReturnType<typeof feedOf>) =>
  featuresOf(schema, {
    rows: feed.data.length / 2,
    feeds: [feed],
    truth: { kind: 'values', values: new Float64Array() },
    plan: { kind: 'values', output: 'y' },
  });

it.each(fed)('gives %s back as it was read', (datatype) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1 }), (pairs) => {
      const made = feedOf(
        datatype,
        pairs.flat().map((one) => (one ? '1' : '0')),
      );
      const { features, columns } = read(made);
      expect(encode([made.feed], features, columns)).toEqual([made.feed]);
    }),
  );
});

it.each([
  ['UINT8', -3, 0],
  ['UINT8', 300, 255],
  ['INT8', -1000, -128],
  ['INT64', 2.6, 3n],
  ['UINT64', -1, 0n],
  ['FP16', 1e9, 0x7bff],
  ['FP32', 1e300, 3.4028234663852886e38],
] as const)('brings a %s of %d into its range', (datatype, value, expected) => {
  const made = feedOf(datatype, ['1', '2']);
  const { features } = read(made);
  const [encoded] = encode([made.feed], features, [Float64Array.of(value), Float64Array.of(1)]);
  expect(encoded?.data[0]).toBe(expected);
});

it('carries more rows than it was given', () => {
  const made = feedOf('BYTES', ['red', 'blue', 'green', 'blue']);
  const { features, columns } = read(made);
  expect(features.map(({ kind, texts }) => [kind, texts])).toEqual([
    ['category', ['green', 'red']],
    ['category', ['blue']],
  ]);
  const twice = columns.map((values) => Float64Array.from([...values, ...values]));
  const [encoded] = encode([made.feed], features, twice);
  expect(encoded?.data).toEqual(['red', 'blue', 'green', 'blue', 'red', 'blue', 'green', 'blue']);
});

it('moves whole numbers in whole steps among those that occur', () => {
  const { features } = read(feedOf('INT32', ['2', '0', '5', '1', '9', '0']));
  const [first, second] = features;
  if (!first || !second) throw new Error('no features');
  expect([first.kind, second.kind]).toEqual(['whole', 'category']);
  expect([2.4, -7, 70].map((by) => shifted(first, 5, by))).toEqual([7, 2, 9]);
  expect(shifted({ ...first, kind: 'number' }, 5, 70.5)).toBe(75.5);
});
