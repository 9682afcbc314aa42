import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arm, Direction } from '#domain/experiments/bandits/arm.ts';
import { drawBeta } from '#domain/experiments/bandits/beta.ts';
import { thompson } from '#domain/experiments/bandits/thompson.ts';
import { ucb1 } from '#domain/experiments/bandits/ucb1.ts';
import { mulberry32 } from '#domain/gates/random.ts';

interface Case {
  readonly arms: readonly (readonly [number, number])[];
  readonly direction: Direction;
  readonly best: readonly number[];
  readonly bounds: readonly (number | null)[];
}
interface Quantiles {
  readonly a: number;
  readonly b: number;
  readonly quantiles: readonly { readonly p: number; readonly x: number }[];
}

const truth: { readonly beta: readonly Quantiles[]; readonly arms: readonly Case[] } = JSON.parse(
  readFileSync(new URL('fixtures/bandits.json', import.meta.url), 'utf8'),
);

const armsOf = (counts: Case['arms']): readonly Arm[] =>
  counts.map(([events, others], i) => ({ name: `arm-${i}`, events, others }));
const named = truth.arms.map((one) => [JSON.stringify(one.arms), one.direction, one] as const);

/** Of 300 comparisons of 5 standard errors, none misses but once in 10,000 seeds. */
const errorsOf = (p: number, draws: number): number => 5 * Math.sqrt((p * (1 - p)) / draws);

describe('a draw from Beta', () => {
  it.each(truth.beta.map((one) => [one.a, one.b, one] as const))(
    'of %d and %d has the quantiles that scipy gives',
    (a, b, { quantiles }) => {
      const random = mulberry32(11);
      const draws = Array.from({ length: 40_000 }, () => drawBeta(a, b, random));
      for (const { p, x } of quantiles) {
        const below = draws.filter((draw) => draw <= x).length / draws.length;
        expect(Math.abs(below - p)).toBeLessThan(errorsOf(p, draws.length));
      }
    },
  );
});

const FLOOR = 0.01;
const weightsOf = (all: readonly { readonly weight: number }[]) => all.map(({ weight }) => weight);
const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0);

describe('Thompson sampling', () => {
  it.each(named)('of %s, %s, gives each arm its probability of being best', (_, direction, one) => {
    const { best } = thompson(armsOf(one.arms), { direction, floor: FLOOR, seed: 5 });
    for (const [i, p] of one.best.entries()) {
      expect(Math.abs((best[i] ?? Number.NaN) - p)).toBeLessThan(errorsOf(p, 10_000));
    }
  });

  it.each(named)('of %s, %s, weighs by it over the floor', (_, direction, one) => {
    const arms = armsOf(one.arms);
    const { best, weights } = thompson(arms, { direction, floor: FLOOR, seed: 5 });
    for (const [i, { weight }] of weights.entries()) {
      expect(weight).toBeCloseTo(FLOOR + (1 - arms.length * FLOOR) * (best[i] ?? 0), 12);
    }
    expect(sum(weightsOf(weights))).toBeCloseTo(1, 12);
  });

  it('of the same seed is the same, of another one about the same', () => {
    const arms = armsOf([
      [10, 90],
      [14, 86],
    ]);
    const at = (seed: number) => thompson(arms, { direction: 'higher', floor: FLOOR, seed }).best;
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
    expect(Math.abs((at(1)[0] ?? 0) - (at(2)[0] ?? 0))).toBeLessThan(2 * errorsOf(0.2, 10_000));
  });

  it('follows the better of two arms over batches, whichever way better is', () => {
    for (const direction of ['higher', 'lower'] as const) {
      const random = mulberry32(3);
      const rates = direction === 'higher' ? [0.05, 0.1] : [0.1, 0.05];
      let counts = [
        [0, 0],
        [0, 0],
      ] as [number, number][];
      let weights = [0.5, 0.5];
      for (let batch = 0; batch < 20; batch++) {
        counts = counts.map(([events, others], i) => {
          const units = Math.round(500 * (weights[i] ?? 0));
          const hits = Array.from({ length: units }).filter(
            () => random() < (rates[i] ?? 0),
          ).length;
          return [events + hits, others + units - hits];
        });
        const options = { direction, floor: FLOOR, seed: batch };
        weights = weightsOf(thompson(armsOf(counts), options).weights);
      }
      expect(weights[1]).toBeGreaterThan(0.95);
      expect(weights[0]).toBeGreaterThanOrEqual(FLOOR);
    }
  });
});

describe('UCB1', () => {
  it.each(named)('of %s, %s, has the bounds that NumPy gives', (_, direction, one) => {
    const { bounds } = ucb1(armsOf(one.arms), { direction, floor: FLOOR });
    for (const [i, bound] of one.bounds.entries()) {
      if (bound === null) expect(bounds[i]).toBe(Number.POSITIVE_INFINITY);
      else expect(bounds[i]).toBeCloseTo(bound, 13);
    }
  });

  it('favours the highest bound, an arm never tried before all, and of equals the first', () => {
    const of = (counts: Case['arms'], direction: Direction = 'higher') =>
      ucb1(armsOf(counts), { direction, floor: FLOOR }).favoured;
    const apart = [
      [10, 90],
      [90, 10],
    ] as const;
    expect(of(apart)).toBe(1);
    expect(of(apart, 'lower')).toBe(0);
    expect(
      of([
        [90, 10],
        [0, 0],
        [0, 0],
      ]),
    ).toBe(1);
    expect(
      of([
        [7, 3],
        [7, 3],
      ]),
    ).toBe(0);
  });

  it('gives the favoured arm all but the floors', () => {
    const arms = armsOf([
      [1, 9],
      [9, 1],
      [5, 5],
    ]);
    const { weights } = ucb1(arms, { direction: 'higher', floor: 0.05 });
    expect(weightsOf(weights)).toEqual([0.05, 0.05 + (1 - 3 * 0.05), 0.05]);
  });
});

describe('either bandit', () => {
  const arms = fc.array(
    fc.record({ events: fc.nat(500), others: fc.nat(500), vetoed: fc.boolean() }),
    { minLength: 2, maxLength: 8 },
  );
  const both = (all: readonly Arm[], direction: Direction, floor: number, seed: number) => [
    thompson(all, { direction, floor, seed, draws: 50 }).weights,
    ucb1(all, { direction, floor }).weights,
  ];

  it('leaves nobody below the floor but who is vetoed, and shares out all', () => {
    const direction = fc.constantFrom<Direction>('higher', 'lower');
    const floor = fc.double({ min: 0.01, max: 0.125, noNaN: true });
    fc.assert(
      fc.property(arms, direction, floor, fc.nat(), (counts, way, least, seed) => {
        const all = counts.map((one, i) => ({ ...one, name: `${i}`, vetoed: i > 0 && one.vetoed }));
        for (const weights of both(all, way, least, seed)) {
          expect(sum(weightsOf(weights))).toBeCloseTo(1, 9);
          for (const [i, { weight }] of weights.entries()) {
            if (all[i]?.vetoed) expect(weight).toBe(0);
            else expect(weight).toBeGreaterThanOrEqual(least);
          }
        }
      }),
    );
  });

  it.each<[string, readonly Arm[], number]>([
    ['one arm', [arm(1, 1)], 0.01],
    ['no floor', [arm(1, 1), arm(1, 1)], 0.009],
    ['floors beyond the whole', [arm(1, 1), arm(1, 1)], 0.51],
    ['a negative count', [arm(-1, 1), arm(1, 1)], 0.01],
    ['part of a unit', [arm(0.5, 1), arm(1, 1)], 0.01],
    ['only vetoed arms', [arm(1, 1, true), arm(1, 1, true)], 0.01],
  ])('throws for %s', (_, all, floor) => {
    expect(() => ucb1(all, { direction: 'higher', floor })).toThrow(RangeError);
    expect(() => thompson(all, { direction: 'higher', floor, seed: 1 })).toThrow(RangeError);
  });
});

function arm(events: number, others: number, vetoed = false): Arm {
  return { name: 'a', events, others, vetoed };
}
