import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, drawnBy, inShare } from '#domain/serving/routing/bucket.ts';

interface Vector {
  readonly salt: string;
  readonly unit: string;
  readonly bucket: number;
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('fixtures/buckets.json', import.meta.url), 'utf8'),
);

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('a bucket', () => {
  it('is where Python puts the unit, to the last bit', () => {
    expect(vectors.length).toBeGreaterThan(100);
    expect(vectors.map(({ salt, unit }) => bucketOf(salt, unit))).toEqual(
      vectors.map(({ bucket }) => bucket),
    );
  });

  it('lies in [0, 1)', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'binary' }), (salt, unit) => {
        const bucket = bucketOf(salt, unit);
        expect(bucket >= 0 && bucket < 1).toBe(true);
      }),
    );
  });

  it('keeps whoever is in a share in every larger one', () => {
    fc.assert(
      fc.property(fc.string(), share, share, (unit, a, b) => {
        const [small, large] = a < b ? [a, b] : [b, a];
        const bucket = bucketOf('s', unit);
        expect(inShare(bucket, large) || !inShare(bucket, small)).toBe(true);
      }),
    );
  });

  it('gives a share its share of 20,000 users, within five standard errors', () => {
    const users = Array.from({ length: 20_000 }, (_, i) => bucketOf('salt', `user-${i}`));
    for (const w of [0.05, 0.1, 0.25, 0.5]) {
      const got = users.filter((bucket) => inShare(bucket, w)).length / users.length;
      expect(Math.abs(got - w)).toBeLessThan(5 * Math.sqrt((w * (1 - w)) / users.length));
    }
  });

  it('is drawn independently under another salt', () => {
    const both = Array.from({ length: 20_000 }, (_, i) => `user-${i}`).filter(
      (user) => inShare(bucketOf('a', user), 0.5) && inShare(bucketOf('b', user), 0.5),
    ).length;
    expect(Math.abs(both / 20_000 - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / 20_000));
  });

  it('at the very share belongs to the control', () => {
    expect(inShare(0.25, 0.25)).toBe(false);
    expect(inShare(0.25, 0.25 + 2 ** -48)).toBe(true);
  });

  it('has none of share 0 and all of share 1', () => {
    expect(vectors.some(({ bucket }) => inShare(bucket, 0))).toBe(false);
    expect(vectors.every(({ bucket }) => inShare(bucket, 1))).toBe(true);
  });
});

describe('a draw by weights', () => {
  const items = [
    { name: 'a', weight: 0.1 },
    { name: 'b', weight: 0 },
    { name: 'c', weight: 0.9 },
  ];

  it.each([
    [0, 'a'],
    [0.0999, 'a'],
    [0.1, 'c'],
    [0.9999, 'c'],
  ])('at %d is %s', (bucket, name) => {
    expect(drawnBy(bucket, items)?.name).toBe(name);
  });

  it('leaves what rounding lost to the last item with a weight', () => {
    const thirds = [
      { name: 'a', weight: 0.3333333 },
      { name: 'b', weight: 0.6666666 },
      { name: 'c', weight: 0 },
    ];
    expect(drawnBy(0.99999999, thirds)?.name).toBe('b');
  });

  it('draws nothing from nothing', () => {
    expect(drawnBy(0.5, [])).toBeUndefined();
    expect(drawnBy(0.5, [{ weight: 0 }])).toBeUndefined();
  });
});
