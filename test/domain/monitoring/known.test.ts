import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mulberry32 } from '#domain/gates/random.ts';
import { knownAscending } from '#domain/monitoring/statistics/known.ts';

const sorted = (values: Float64Array) => values.filter((value) => !Number.isNaN(value)).sort();
const random = mulberry32(7);
const many = (of: (random: () => number) => number) =>
  Float64Array.from({ length: 60_000 }, () => of(random));

describe('known values', () => {
  it('come in order, without the missing ones', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (values) => {
        expect(knownAscending(values)).toEqual(sorted(Float64Array.from(values)));
      }),
    );
  });

  it.each<[string, Float64Array]>([
    ['of both signs', many((next) => next() * 2 - 1)],
    ['negative', many((next) => -next())],
    ['all the same', many(() => 5)],
    ['all but the same', many((next) => 1 + next() * 1e-12)],
    ['whole', many((next) => Math.floor(next() * 9) - 4)],
    ['of any size', many((next) => (next() - 0.5) * 10 ** (600 * next() - 300))],
    ['noughts of both signs', many((next) => (next() < 0.5 ? -0 : 0))],
    [
      'with missing and infinite ones',
      many((next) => [Number.NaN, Number.NEGATIVE_INFINITY, 1 / 0, 2][Math.floor(next() * 4)] ?? 0),
    ],
    ['the least there are', many((next) => (Math.floor(next() * 5) - 2) * Number.MIN_VALUE)],
  ])('come in order when there are many: %s', (_name, values) => {
    const before = values.slice();
    const [found, expected] = [knownAscending(values), sorted(values)];
    expect(found).toHaveLength(expected.length);
    expect(found.every((value, i) => Object.is(value, expected[i]))).toBe(true);
    expect(values).toEqual(before);
  });
});
