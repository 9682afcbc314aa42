import * as z from 'zod/mini';
import type { FeatureCounts } from '#domain/monitoring/statistics/bins.ts';
import { Histogram } from '#domain/rollout/observation.ts';
import { Sha256 } from '#domain/signing/statement.ts';
import type { Seen } from './seen.ts';

const Count = z.int().check(z.nonnegative());
const Counts = z.array(Count);
const Numbers = z.array(z.number());
const StoredCounts = z.strictObject({ counts: Counts, ends: Numbers.check(z.length(2)) });

/** `Seen` as JSON has it. */
const StoredSeen = z.strictObject({
  profile: z.nullable(Sha256),
  requests: Count,
  rows: Count,
  counted: Count,
  cached: Count,
  failures: z.record(z.string(), Count),
  latency: Histogram,
  features: z.array(StoredCounts),
  /** Absent from what was stored before dependence was watched. */
  pairs: z.optional(z.array(StoredCounts)),
  answers: z.optional(StoredCounts),
  scores: z.optional(z.strictObject({ counts: Counts, sums: Numbers })),
});
type StoredSeen = z.infer<typeof StoredSeen>;

export const storedSeen = ({ features, pairs, answers, scores, ...rest }: Seen): StoredSeen => ({
  ...rest,
  failures: { ...rest.failures },
  latency: [...rest.latency],
  features: features.map(storedCounts),
  ...(pairs && { pairs: pairs.map(storedCounts) }),
  ...(answers && { answers: storedCounts(answers) }),
  ...(scores && { scores: { counts: [...scores.counts], sums: [...scores.sums] } }),
});

/** @throws Error when it is no such document. */
export function readSeen(document: unknown): Seen {
  const { features, pairs, answers, scores, ...rest } = StoredSeen.parse(document);
  return {
    ...rest,
    features: features.map(countsOf),
    ...(pairs && { pairs: pairs.map(countsOf) }),
    ...(answers && { answers: countsOf(answers) }),
    ...(scores && {
      scores: { counts: Float64Array.from(scores.counts), sums: Float64Array.from(scores.sums) },
    }),
  };
}

const storedCounts = ({ counts, ends }: FeatureCounts) => ({
  counts: [...counts],
  ends: [...ends],
});

const countsOf = ({ counts, ends }: z.infer<typeof StoredCounts>): FeatureCounts => ({
  counts: Float64Array.from(counts),
  ends: Float64Array.from(ends),
});
