import { makeProfile } from '#domain/gates/performance/make-profile.ts';
import type { ReferenceProfile } from '#domain/gates/performance/reference-profile.ts';
import { gaussian, mulberry32 } from '#domain/gates/random.ts';
import { NOTHING_SEEN, type Seen } from '#domain/monitoring/capture/seen.ts';
import type { Reference } from '#domain/monitoring/check/reference.ts';
import { countNumber, noCounts, placeOfNumber } from '#domain/monitoring/statistics/bins.ts';
import { countPair } from '#domain/monitoring/statistics/pair-bins.ts';

/** Rows of features, one after the other. */
export type Rows = readonly (readonly number[])[];

/** Draws a row of normal features, of which the second follows the first. */
export const following =
  (seed: number, features = 4) =>
  (rows: number, correlation: number): number[][] => {
    const random = mulberry32(seed);
    return Array.from({ length: rows }, () => {
      const row = Array.from({ length: features }, () => gaussian(random));
      const [first = 0, own = 0] = row;
      row[1] = correlation * first + Math.sqrt(1 - correlation ** 2) * own;
      return row;
    });
  };

const NAMES = ['age', 'income', 'tenure', 'visits', 'balance'] as const;

/** The profile of these rows, whose features are of one input. */
export const profileOf = (rows: Rows, names: readonly string[] = NAMES): ReferenceProfile =>
  makeProfile({
    rows: rows.length,
    columns: (rows[0] ?? []).map((_, at) => () => ({
      name: names[at] ?? `f${at}`,
      input: 'X',
      kind: 'numeric' as const,
      values: Float64Array.from(rows, (row) => row[at] as number),
    })),
    answers: {
      truth: { kind: 'values', values: new Float64Array(rows.length) },
      predictions: { kind: 'values', values: new Float64Array(rows.length) },
    },
  });

/** What a window of these rows shows of features and pairs. */
export function pairsSeen({ features, pairs, sha256 }: Reference, rows: Rows): Seen {
  const counts = features.map(({ bins }) => noCounts(bins));
  const pairCounts = pairs.map(({ bins }) => noCounts(bins));
  for (const row of rows) {
    features.forEach(({ bins }, i) => {
      countNumber(bins, counts[i] as (typeof counts)[0], row[i] as number);
    });
    pairs.forEach(({ pair }, i) => {
      const [first, second] = pair.of.map((at) =>
        placeOfNumber((features[at] as (typeof features)[0]).bins, row[at] as number),
      );
      countPair(pair, pairCounts[i] as (typeof counts)[0], first as number, second as number);
    });
  }
  const of = { requests: rows.length, rows: rows.length, counted: rows.length };
  return { ...NOTHING_SEEN, profile: sha256, ...of, features: counts, pairs: pairCounts };
}
