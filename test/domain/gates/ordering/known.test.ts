import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { known, knownAscending } from '#domain/gates/ordering/known.ts';
import { SAMPLES } from './samples.ts';

const sorted = (values: Float64Array) => values.filter((value) => !Number.isNaN(value)).sort();
const [, someValues] = SAMPLES[0] ?? [];
const withMissing = someValues?.map((value, i) => (i % 3 === 0 ? Number.NaN : value));

describe('known values', () => {
  it('come in order, without the missing ones', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (values) => {
        expect(knownAscending(values)).toEqual(sorted(Float64Array.from(values)));
      }),
    );
  });

  it.each([...SAMPLES, ['with missing ones', withMissing as Float64Array] as const])(
    'come in order when there are many: %s',
    (_name, values) => {
      const before = values.slice();
      const [found, expected] = [knownAscending(values), sorted(values)];
      expect(found).toHaveLength(expected.length);
      expect(found.every((value, i) => Object.is(value, expected[i]))).toBe(true);
      expect(values.every((value, i) => Object.is(value, before[i]))).toBe(true);
    },
  );

  it('stay as they came until they are sorted', () => {
    expect([...known([3, Number.NaN, 1])]).toEqual([3, 1]);
  });
});
