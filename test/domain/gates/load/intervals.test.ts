import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { p95Interval } from '#domain/gates/load/p95-interval.ts';
import { throughput } from '#domain/gates/load/throughput.ts';

interface Fixture {
  readonly ranks: readonly { n: number; low: number | null; high: number | null }[];
  readonly throughput: readonly {
    at: number[];
    elapsedMs: number;
    perSecond: number;
    low: number;
    high: number;
  }[];
}
const fixture = JSON.parse(
  readFileSync(new URL('fixtures/intervals.json', import.meta.url), 'utf8'),
) as Fixture;

/** 1 to n: each value is its own rank. */
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('p95Interval', () => {
  it.each(fixture.ranks)('has the ranks that scipy finds for $n samples', ({ n, low, high }) => {
    const found = p95Interval(upTo(n));
    expect([found.low ?? null, found.high ?? null]).toEqual([low, high]);
    expect(found.p95).toBe(Math.ceil(0.95 * n));
  });

  it('holds its percentile, whatever the samples and their order', () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(samples, (list) => {
        const { p95, low = p95, high = p95 } = p95Interval(list);
        expect(low <= p95 && p95 <= high).toBe(true);
        expect(p95Interval([...list].reverse())).toEqual(p95Interval(list));
      }),
    );
  });

  it('has no percentile of nothing', () => {
    expect(() => p95Interval([])).toThrow(RangeError);
  });
});

describe('throughput', () => {
  it.each(fixture.throughput)(
    'has the interval that scipy finds',
    ({ at, elapsedMs, ...scipy }) => {
      const found = throughput(at, elapsedMs);
      expect(found.perSecond).toBeCloseTo(scipy.perSecond, 9);
      expect(found.low).toBeCloseTo(scipy.low, 9);
      expect(found.high).toBeCloseTo(scipy.high, 9);
    },
  );

  it('counts an event at the very end, and is sure of an even stream', () => {
    const even = upTo(100).map((i) => i * 10);
    expect(throughput(even, 1000).perSecond).toBe(100);
    const middles = upTo(100).map((i) => i * 10 - 5);
    expect(throughput(middles, 1000)).toEqual({ perSecond: 100, low: 100, high: 100 });
  });
});
