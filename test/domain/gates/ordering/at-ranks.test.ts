import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atRanks } from '#domain/gates/ordering/at-ranks.ts';
import { SAMPLES } from './samples.ts';

const whenSorted = (values: Float64Array, ranks: readonly number[]) => {
  const sorted = values.toSorted();
  return ranks.map((rank) => {
    const value = sorted[rank] as number;
    return { value: value + 0, atMost: sorted.lastIndexOf(value) + 1 };
  });
};
const found = (values: Float64Array, ranks: readonly number[]) =>
  atRanks(values, ranks).map(({ value, atMost }) => ({ value: value + 0, atMost }));

describe('what stands at ranks', () => {
  it.each(SAMPLES)('is what sorting finds there: %s', (_name, values) => {
    const { length } = values;
    const before = values.slice();
    const ranks = [
      0,
      1,
      2,
      ...Array.from({ length: 59 }, (_, k) => Math.ceil(((k + 1) / 60) * length) - 1),
      length - 2,
      length - 1,
    ];
    expect(found(values, ranks)).toEqual(whenSorted(values, ranks));
    expect(values.every((value, i) => Object.is(value, before[i]))).toBe(true);
  });

  it('may be asked of few values, and of all their ranks', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1 }), (all) => {
        const values = Float64Array.from(all);
        const ranks = [...values.keys()];
        expect(found(values, ranks)).toEqual(whenSorted(values, ranks));
      }),
    );
  });

  it('may be asked for a rank twice, and for none', () => {
    const values = Float64Array.from({ length: 9000 }, (_, i) => 8999 - i);
    expect(atRanks(values, [5, 5, 6]).map(({ value }) => value)).toEqual([5, 5, 6]);
    expect(atRanks(values, [])).toEqual([]);
  });
});
