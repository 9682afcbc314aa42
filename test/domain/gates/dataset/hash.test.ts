import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DistinctValues } from '#domain/gates/dataset/distinct-values.ts';
import { Hash64, spread } from '#domain/gates/dataset/hash.ts';
import { HashCounts } from '#domain/gates/dataset/hash-counts.ts';

const ROWS = 200_000;

function hashOf(feed: (hash: Hash64) => void, seed = 1): Hash64 {
  const hash = new Hash64(seed);
  hash.start();
  feed(hash);
  hash.finish();
  return hash;
}

/** Pearson's statistic of 256 cells that should be equally full. */
function chiSquare(bytes: Iterable<number>): number {
  const cells = new Float64Array(256);
  let count = 0;
  for (const byte of bytes) {
    cells[byte] = (cells[byte] as number) + 1;
    count++;
  }
  return cells.reduce((sum, cell) => sum + (cell - count / 256) ** 2 / (count / 256), 0);
}

/** 99.99 % of chi-square with 255 degrees of freedom: scipy.stats.chi2.ppf(0.9999, 255). */
const EVEN = 347.65;

describe('Hash64', () => {
  it.each([
    ['numbers in sequence', (n: number) => (hash: Hash64) => hash.number(n)],
    [
      'rows of small numbers',
      (n: number) => (hash: Hash64) => {
        for (let digits = n, i = 0; i < 6; i++, digits = Math.floor(digits / 10)) {
          hash.number(digits % 10);
        }
      },
    ],
    ['texts with a counter', (n: number) => (hash: Hash64) => hash.text(`user-${n}`)],
  ])('gives %s hashes that differ and spread evenly over every byte', (_, feed) => {
    const counts = new HashCounts(ROWS);
    const hashes = Array.from({ length: ROWS }, (_, n) => hashOf(feed(n)));
    for (const { high, low } of hashes) counts.add(high, low);
    expect(counts.distinct).toBe(ROWS);
    for (const shift of [0, 8, 16, 24]) {
      expect(chiSquare(hashes.map(({ high }) => (high >>> shift) & 255))).toBeLessThan(EVEN);
      expect(chiSquare(hashes.map(({ low }) => (low >>> shift) & 255))).toBeLessThan(EVEN);
    }
    expect(new Set(hashes.map(({ high }) => high)).size).toBeGreaterThan(ROWS - 20);
    expect(new Set(hashes.map(({ low }) => low)).size).toBeGreaterThan(ROWS - 20);
  });

  it('knows neither a negative zero nor where it was before', () => {
    const hash = new Hash64(1);
    hash.start();
    hash.text('before');
    hash.finish();
    hash.start();
    hash.number(0);
    hash.finish();
    const zero = hashOf((one) => one.number(-0));
    expect([hash.high, hash.low]).toEqual([zero.high, zero.low]);
  });

  it('changes with the seed and with the order of the cells', () => {
    const text = (seed: number, ...parts: string[]) => {
      const { high, low } = hashOf((hash) => {
        for (const part of parts) hash.text(part);
      }, seed);
      return `${high} ${low}`;
    };
    const all = [text(1, 'ab', 'c'), text(2, 'ab', 'c'), text(1, 'c', 'ab'), text(1, 'a', 'bc')];
    expect(new Set(all).size).toBe(4);
  });

  it('spreads values that are close to each other', () => {
    const spreads = Array.from({ length: ROWS }, (_, n) => spread(n / 1000));
    expect(chiSquare(spreads.map((one) => one >>> 24))).toBeLessThan(EVEN);
  });
});

describe('HashCounts', () => {
  const keys = fc.array(fc.tuple(fc.nat(0xffffffff), fc.nat(3)), { maxLength: 300 });

  it('counts like a map while all fit', () => {
    fc.assert(
      fc.property(keys, (added) => {
        const counts = new HashCounts(1000);
        const seen = new Map<string, number>();
        for (const [high, low] of added) {
          const before = seen.get(`${high} ${low}`) ?? 0;
          expect(counts.add(high, low)).toBe(before > 0);
          seen.set(`${high} ${low}`, before + 1);
        }
        expect(counts.distinct).toBe(seen.size);
        expect(counts.occurrences).toBe(added.length);
        const visited = new Map<string, number>();
        counts.forEach((high, low, count) => void visited.set(`${high} ${low}`, count));
        expect(visited).toEqual(seen);
        for (const [high, low] of added) {
          expect(counts.count(high, low)).toBe(seen.get(`${high} ${low}`));
        }
      }),
    );
  });

  it('holds the same whatever the order, once they no longer fit', () => {
    const shuffled = keys.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: 40 }), ([one, other], limit) => {
        const [a, b] = [new HashCounts(limit), new HashCounts(limit)];
        for (const [high, low] of one) a.add(high, low);
        for (const [high, low] of other) b.add(high, low);
        const held = (counts: HashCounts) => {
          const all: string[] = [];
          counts.forEach((high, low, count) => void all.push(`${high} ${low} ${count}`));
          return [counts.range.level, counts.distinct, counts.occurrences, ...all.sort()];
        };
        expect(held(a)).toEqual(held(b));
        expect(a.distinct).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('estimates what no longer fits', () => {
    const counts = new HashCounts(10_000);
    for (let n = 0; n < ROWS; n++) {
      const { high, low } = hashOf((hash) => hash.number(n % (ROWS / 2)));
      counts.add(high, low);
    }
    expect(counts.range.exact).toBe(false);
    const estimate = counts.range.scaled(counts.distinct);
    expect(Math.abs(estimate / (ROWS / 2) - 1)).toBeLessThan(0.05);
    expect(counts.occurrences).toBe(2 * counts.distinct);
  });
});

describe('DistinctValues', () => {
  it('estimates the number of values beyond its limit, in the same way for every order', () => {
    const [rising, falling] = [new DistinctValues(1000), new DistinctValues(1000)];
    for (let n = 0; n < 50_000; n++) {
      rising.add(n / 8, '');
      falling.add((49_999 - n) / 8, '');
    }
    expect(rising.range.exact).toBe(false);
    expect(rising.count).toBe(falling.count);
    expect(rising.ranked()).toEqual(falling.ranked());
    expect(Math.abs(rising.count / 50_000 - 1)).toBeLessThan(0.15);
  });
});
