import { type FeatureCounts, mergeCounts, saturated } from '#domain/monitoring/statistics/bins.ts';
import type { ScoreCounts } from '#domain/monitoring/statistics/estimated-accuracy.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { merged } from '#domain/rollout/histogram.ts';
import type { Histogram } from '#domain/rollout/observation.ts';

/** What was seen of one version in one hour, by one process or by all together. */
export interface Seen {
  /** SHA-256 of the reference profile that features and answers are counted by; null: none was had. */
  readonly profile: Digest | null;
  /**
   * Requests of clients that the version answered, or that got nothing for want of its answer:
   * it failed or was refused, was not open in time (`late`), or it or what it takes could not be
   * read (`unavailable`, else `internal`). Not those that do not fit its schema, whose answer was
   * too large, that its server was not asked, or that stable answered in its place.
   */
  readonly requests: number;
  /** Rows that it answered. */
  readonly rows: number;
  /** Rows among them whose features were counted. */
  readonly counted: number;
  /** Requests answered from the cache. */
  readonly cached: number;
  /** Requests that failed, by kind. */
  readonly failures: Readonly<Record<string, number>>;
  /** Time that the model ran, by `bucketOf`. */
  readonly latency: Histogram;
  /** In the order of the profile's features; the last ones are absent where there was no room. */
  readonly features: readonly FeatureCounts[];
  /** In the order of the profile's pairs; absent where it has none, or nobody counted them. */
  readonly pairs?: readonly FeatureCounts[];
  /** Answers, in the bins of `answeredDistribution`. */
  readonly answers?: FeatureCounts;
  readonly scores?: ScoreCounts;
}

export const NOTHING_SEEN: Seen = {
  profile: null,
  requests: 0,
  rows: 0,
  counted: 0,
  cached: 0,
  failures: {},
  latency: [],
  features: [],
};

/**
 * All together, in any order. Requests count whichever profile was had; features, answers and scores
 * only where they were counted by `profile`: others are of other bins.
 */
export const sumSeen = (profile: Digest | null, all: readonly Seen[]): Seen =>
  all.reduce<Seen>(
    (sum, one) => added(sum, one.profile === profile && profile !== null ? one : uncounted(one)),
    { ...NOTHING_SEEN, profile },
  );

const uncounted = (seen: Seen): Seen => {
  const { requests, rows, cached, failures, latency } = seen;
  return { ...NOTHING_SEEN, requests, rows, cached, failures, latency };
};

function added(sum: Seen, one: Seen): Seen {
  const answers = both(sum.answers, one.answers, mergeCounts);
  const scores = both(sum.scores, one.scores, mergeScores);
  const pairs = mergePairs(sum, one);
  return {
    profile: sum.profile,
    requests: sum.requests + one.requests,
    rows: sum.rows + one.rows,
    counted: sum.counted + one.counted,
    cached: sum.cached + one.cached,
    failures: mergeNumbers(sum.failures, one.failures),
    latency: merged(sum.latency, one.latency),
    features: mergeFeatures(sum.features, one.features),
    ...(pairs && { pairs }),
    ...(answers && { answers }),
    ...(scores && { scores }),
  };
}

/** A feature that is absent from one of two would count only some of the rows: it is left out. */
function mergeFeatures(
  one: readonly FeatureCounts[],
  other: readonly FeatureCounts[],
): readonly FeatureCounts[] {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  return one
    .slice(0, other.length)
    .map((counts, i) => mergeCounts(counts, other[i] as FeatureCounts));
}

/** Of rows that one of two counted without its pairs, nothing is known of these: they are left out. */
function mergePairs(one: Seen, other: Seen): Seen['pairs'] {
  if (one.counted === 0 && other.counted === 0) return both(one.pairs, other.pairs, mergeFeatures);
  if (one.counted === 0) return other.pairs;
  if (other.counted === 0) return one.pairs;
  return one.pairs && other.pairs && mergeFeatures(one.pairs, other.pairs);
}

/** Names may be clients' own, `constructor` among them: only a map has no others. */
export function mergeNumbers(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sums = new Map(Object.entries(one));
  for (const [name, count] of Object.entries(other)) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries(sums);
}

const mergeScores = (one: ScoreCounts, other: ScoreCounts): ScoreCounts => ({
  counts: one.counts.map((count, bin) => count + (other.counts[bin] as number)),
  sums: one.sums.map((sum, bin) => saturated(sum + (other.sums[bin] as number))),
});

const both = <T>(
  one: T | undefined,
  other: T | undefined,
  merge: (one: T, other: T) => T,
): T | undefined => (one && other ? merge(one, other) : (one ?? other));

export const HOUR_MS = 3_600_000;

/** The hour of a time in ms since 1970, in hours since then. */
export const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS);

/** The hours that a window touches, from the first to the last. */
export function hoursWithin(fromMs: number, toMs: number): readonly number[] {
  const first = hourOf(fromMs);
  const count = Math.max(0, Math.ceil(toMs / HOUR_MS) - first);
  return Array.from({ length: count }, (_, i) => first + i);
}
