import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOTHING_SEEN, type Seen, sumSeen } from '#domain/monitoring/capture/seen.ts';
import { readSeen, storedSeen } from '#domain/monitoring/capture/stored-seen.ts';
import type { Digest } from '#domain/registry/digest.ts';

const counts = fc.record({
  counts: fc.array(fc.nat()).map((all) => Float64Array.from(all)),
  ends: fc
    .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(0))
    .map((ends) => Float64Array.from(ends.map((end) => end + 0))),
});
const seen: fc.Arbitrary<Seen> = fc.record(
  {
    profile: fc.constantFrom(null, 'a'.repeat(64) as Digest),
    requests: fc.nat(),
    rows: fc.nat(),
    counted: fc.nat(),
    cached: fc.nat(),
    failures: fc.dictionary(fc.constantFrom('timeout', 'refused'), fc.nat()),
    latency: fc.array(fc.tuple(fc.integer(), fc.nat())),
    features: fc.array(counts),
    pairs: fc.array(counts),
    answers: counts,
    scores: fc.constant({ counts: Float64Array.of(1), sums: Float64Array.of(0.5) }),
  },
  {
    requiredKeys: [
      ...(['profile', 'requests', 'rows', 'counted', 'cached'] as const),
      ...(['failures', 'latency', 'features'] as const),
    ],
  },
);

const stored = (one: Seen): Seen => readSeen(JSON.parse(JSON.stringify(storedSeen(one))));

it('is the same after it was stored as JSON', () => {
  for (const one of fc.sample(seen, 200)) {
    expect(stored(one)).toEqual({ ...one, failures: { ...one.failures } });
  }
});

it('is refused where a count is missing, negative or unknown', () => {
  const document = storedSeen(NOTHING_SEEN);
  for (const wrong of [{ ...document, rows: -1 }, { ...document, more: 1 }, {}]) {
    expect(() => readSeen(wrong)).toThrow();
  }
});

it('is summed over the features that all have, in any order', () => {
  const profile = 'a'.repeat(64) as Digest;
  const of = (...all: number[]): Seen => ({
    ...NOTHING_SEEN,
    ...{ profile, counted: 1 },
    features: all.map((n) => ({ counts: Float64Array.of(n), ends: new Float64Array(2) })),
  });
  for (const all of [
    [of(1, 2, 3), of(4, 5)],
    [of(4, 5), of(1, 2, 3)],
  ]) {
    const { features } = sumSeen(profile, [...all, NOTHING_SEEN]);
    expect(features.map((feature) => feature.counts[0])).toEqual([5, 7]);
  }
});
