import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hourOf,
  hoursWithin,
  NOTHING_SEEN,
  type Seen,
  sumSeen,
} from '#domain/monitoring/capture/seen.ts';
import type { Digest } from '#domain/registry/digest.ts';

const PROFILE = 'a'.repeat(64) as Digest;
const OTHER = 'b'.repeat(64) as Digest;

const counts = (bins: number) =>
  fc.record({
    counts: fc
      .array(fc.nat(100), { minLength: bins, maxLength: bins })
      .map((all) => Float64Array.from(all)),
    ends: fc.tuple(fc.nat(100), fc.nat(100)).map((ends) => Float64Array.from(ends)),
  });

/** Processes of older code count no pairs. */
const seen: fc.Arbitrary<Seen> = fc.record(
  {
    profile: fc.constant(PROFILE),
    requests: fc.nat(1000),
    rows: fc.nat(1000),
    counted: fc.nat(1000),
    cached: fc.nat(10),
    failures: fc.dictionary(fc.constantFrom('timeout', 'internal'), fc.nat(9)),
    latency: fc
      .uniqueArray(fc.nat(9))
      .map((buckets) =>
        buckets.sort((a, b) => a - b).map((bucket): [number, number] => [bucket, 1]),
      ),
    features: fc.tuple(counts(4), counts(6)),
    answers: counts(3),
    pairs: fc.tuple(counts(2), counts(5)),
  },
  {
    requiredKeys: [
      ...(['profile', 'requests', 'rows', 'counted', 'cached'] as const),
      ...(['failures', 'latency', 'features', 'answers'] as const),
    ],
  },
);

describe('what processes saw, together', () => {
  it('has sums of scores that are finite, as JSON must have them', () => {
    const scores = { counts: Float64Array.of(1), sums: Float64Array.of(Number.MAX_VALUE) };
    const one: Seen = { ...NOTHING_SEEN, profile: PROFILE, scores };
    expect(sumSeen(PROFILE, [one, one]).scores?.sums).toEqual(Float64Array.of(Number.MAX_VALUE));
  });

  it('is the same in any order and grouping', () => {
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 6 }), fc.nat(6), (all, at) => {
        const grouped = sumSeen(PROFILE, [
          sumSeen(PROFILE, all.slice(at)),
          sumSeen(PROFILE, all.slice(0, at)),
        ]);
        expect(grouped).toEqual(sumSeen(PROFILE, all));
      }),
    );
  });

  it('counts requests of processes that had another profile, and not their features', () => {
    fc.assert(
      fc.property(seen, seen, (one, other) => {
        const sum = sumSeen(PROFILE, [one, { ...other, profile: OTHER }]);
        expect(sum.requests).toBe(one.requests + other.requests);
        expect(sum.counted).toBe(one.counted);
        expect(sum.features).toEqual(one.features);
      }),
    );
  });

  it('has no pairs of rows that somebody counted without', () => {
    const pairs = [{ counts: Float64Array.of(1, 2), ends: new Float64Array(2) }];
    const one: Seen = { ...NOTHING_SEEN, profile: PROFILE, counted: 3, pairs };
    const { pairs: _, ...older } = one;
    const failed: Seen = { ...NOTHING_SEEN, requests: 4 };
    expect(sumSeen(PROFILE, [one, failed, one]).pairs?.[0]?.counts).toEqual(Float64Array.of(2, 4));
    expect(sumSeen(PROFILE, [one, older])).not.toHaveProperty('pairs');
    expect(sumSeen(PROFILE, [older, one, one])).not.toHaveProperty('pairs');
  });

  it('is nothing of nobody', () => {
    expect(sumSeen(null, [])).toEqual(NOTHING_SEEN);
  });
});

describe('hours', () => {
  it('are those that a window touches', () => {
    const hour = 3_600_000;
    expect(hoursWithin(hour, 3 * hour)).toEqual([1, 2]);
    expect(hoursWithin(hour - 1, 3 * hour + 1)).toEqual([0, 1, 2, 3]);
    expect(hoursWithin(hour, hour)).toEqual([]);
    expect(hourOf(hour + 1)).toBe(1);
  });
});
