import { mergeNumbers, type Seen } from '#domain/monitoring/capture/seen.ts';
import { merged } from '#domain/rollout/histogram.ts';

/** What of an hour's counts errors and latency are judged by. */
export type Served = Pick<Seen, 'requests' | 'cached' | 'failures' | 'latency'>;

/** Requests that were too few to be judged by, until there are enough of them. */
export interface Waiting {
  /** When the first of them came at the earliest, in ms since 1970. */
  readonly since: number;
  readonly served: Served;
}

/** What checks of health have taken: no request counts in two of them. */
export interface TakenService {
  /** The last hour that was read, and all that it had then; those before it are done. */
  readonly hour: number;
  readonly counted: Served;
  readonly errors?: Waiting;
  readonly latency?: Waiting;
}

export const servedOf = ({ requests, cached, failures, latency }: Served): Served => ({
  ...{ requests, cached, failures, latency },
});

export const bothServed = (one: Served, other: Served): Served => ({
  requests: one.requests + other.requests,
  cached: one.cached + other.cached,
  failures: mergeNumbers(one.failures, other.failures),
  latency: merged(one.latency, other.latency),
});

/** What came since: counts of an hour only grow. */
export const servedSince = (now: Served, before: Served): Served => {
  const timed = new Map(before.latency);
  return {
    requests: Math.max(0, now.requests - before.requests),
    cached: Math.max(0, now.cached - before.cached),
    failures: countsSince(now.failures, before.failures),
    latency: now.latency.flatMap(([bucket, count]): [number, number][] => {
      const more = count - (timed.get(bucket) ?? 0);
      return more > 0 ? [[bucket, more]] : [];
    }),
  };
};

/** Names may be clients' own: only a map has no others. */
export function countsSince(
  now: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const known = new Map(Object.entries(before));
  return Object.fromEntries(
    Object.entries(now)
      .map(([name, count]) => [name, count - (known.get(name) ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}
