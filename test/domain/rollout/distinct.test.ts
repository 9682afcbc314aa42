import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countsByRank,
  hashesOf,
  levelFor,
  mostOf,
  NO_SAMPLE,
  newAt,
  rankOf,
  Sample,
  sampleOf,
  united,
  unitHash,
} from '#domain/rollout/distinct.ts';

/** Hashes of every rank, which an even draw would hardly have. */
const hash = fc
  .tuple(fc.nat({ max: 20 }), fc.maxSafeNat())
  .map(([rank, number]) =>
    number % 2 ** 48 >= 2 ** (48 - rank) ? number % 2 ** (48 - rank) : number % 2 ** 48,
  );
const sample = fc
  .tuple(fc.nat({ max: 6 }), fc.array(hash, { maxLength: 30 }))
  .map(([level, hashes]) => sampleOf(level, hashes));

describe('a sample of units', () => {
  it('holds each hash of its level once, ascending', () => {
    fc.assert(
      fc.property(fc.nat({ max: 6 }), fc.array(hash), (level, hashes) => {
        const found = sampleOf(level, [...hashes, ...hashes]);
        expect(Sample.safeParse(found).success).toBe(true);
        expect(hashesOf(found)).toEqual(
          [...new Set(hashes)].filter((one) => rankOf(one) >= level).sort((a, b) => a - b),
        );
      }),
    );
  });

  it('unites in any order, however often, to the same', () => {
    fc.assert(
      fc.property(sample, sample, sample, (a, b, c) => {
        expect(united(a, a)).toEqual(a);
        expect(united(a, b)).toEqual(united(b, a));
        expect(united(united(a, b), c)).toEqual(united(a, united(b, c)));
        expect(united(a, NO_SAMPLE)).toEqual(a);
      }),
    );
  });

  it('takes in of both what the narrower admits', () => {
    const one = sampleOf(0, [1, 2 ** 47]);
    const other = sampleOf(1, [2, 2 ** 46]);
    expect(united(one, other)).toEqual(sampleOf(1, [1, 2, 2 ** 46]));
  });

  it('refuses what is no sample', () => {
    for (const wrong of [
      { level: 0, hashes: '1234567' },
      { level: 0, hashes: '1234567+' },
      { level: 33, hashes: '' },
      { level: -1, hashes: '' },
    ]) {
      expect(Sample.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
    }
  });

  it('narrows until no more than so many are left', () => {
    fc.assert(
      fc.property(fc.array(hash), fc.integer({ min: 1, max: 20 }), (hashes, max) => {
        const level = levelFor(new Set(hashes), max);
        const held = (at: number) => hashesOf(sampleOf(at, hashes)).length;
        expect(held(level)).toBeLessThanOrEqual(level === 32 ? hashes.length : max);
        if (level > 0) expect(held(level - 1)).toBeGreaterThan(max);
      }),
    );
    expect(levelFor(new Set(), 1, 3)).toBe(3);
  });
});

describe('the hash of a unit', () => {
  it('is the same everywhere, another for each purpose, trial, unit and slice', () => {
    const all = [
      unitHash('failed', 'candidate/0', 'ann'),
      unitHash('assigned', 'candidate/0', 'ann'),
      unitHash('failed', 'candidate/1', 'ann'),
      unitHash('failed', 'candidate/0', 'bob'),
      unitHash('failed', 'candidate/0', 'ann', 7),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(unitHash('failed', 'candidate/0', 'ann')).toBe(all[0]);
  });

  it('halves with each level', () => {
    const units = 40_000;
    const hashes = Array.from({ length: units }, (_, i) => unitHash('assigned', 'x', `u${i}`));
    expect(new Set(hashes).size).toBe(units);
    for (const level of [1, 3, 6]) {
      const expected = units / 2 ** level;
      const held = hashes.filter((one) => rankOf(one) >= level).length;
      expect(Math.abs(held - expected)).toBeLessThan(4 * Math.sqrt(expected));
    }
  });
});

describe('counts by rank', () => {
  const growth = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.array(hash)), { maxLength: 8 });

  it('tell of each unit once, however far its sample has narrowed', () => {
    fc.assert(
      fc.property(growth, (looks) => {
        const seen: number[] = [];
        let counted: readonly number[] = [];
        let [level, total] = [0, 0];
        for (const [narrower, hashes] of looks) {
          seen.push(...hashes);
          level = Math.max(level, narrower);
          const ranks = countsByRank(hashesOf(sampleOf(level, seen)));
          const fresh = newAt(level, ranks, counted);
          expect(newAt(level, ranks, mostOf(ranks, counted))).toBe(0);
          counted = mostOf(ranks, counted);
          total += fresh;
        }
        expect(total).toBeLessThanOrEqual(new Set(seen).size);
        expect(total).toBeGreaterThanOrEqual(hashesOf(sampleOf(level, seen)).length);
      }),
    );
  });
});
