import { NO_SAMPLE, united } from '#domain/rollout/distinct.ts';
import {
  type Arms,
  distinctCounted,
  type Fresh,
  failingOf,
  freshTraffic,
  narrowedTo,
  withFailed,
} from '#domain/rollout/fresh-traffic.ts';
import { mergeMoments, NO_MOMENTS } from '#domain/rollout/moments.ts';
import type { Counted, DistinctCounted } from '#domain/rollout/record.ts';
import { addTraffic, type Outcomes } from '#domain/rollout/traffic.ts';

/** By generation of the route; `closed` is of all that are read no more, together. */
interface CountedSoFar {
  readonly open: Readonly<Record<string, Counted>>;
  readonly closed: Counted;
}

interface CountedNow {
  readonly open: Readonly<Record<string, Counted>>;
  readonly news: readonly NewsOfGeneration[];
}

interface NewsOfGeneration {
  readonly generation: number;
  readonly fresh: Readonly<Record<string, Fresh>>;
}

export const NOTHING: Counted = { traffic: {}, outcomes: {} };

/**
 * What has been counted of the trial `id` by now, and what of it is new; reading the same again
 * brings nothing new.
 */
export function countNews(
  { open: before, closed }: CountedSoFar,
  id: string,
  now: Readonly<Record<string, Counted>>,
): CountedNow {
  const armsIn = ({ traffic }: Counted): Arms => traffic[id] ?? {};
  const known = [closed, ...Object.values(before)];
  let failing = failingOf(
    known,
    Object.values(now).flatMap((one) => Object.values(armsIn(one))),
  );
  const open: Record<string, Counted> = { ...narrowedTo(failing, before) };
  // Oldest first: who failed in a generation is counted there, and in none after it.
  const news = Object.entries(now).map(([generation, seen]) => {
    const had = open[generation] ?? NOTHING;
    const fresh = freshTraffic(armsIn(seen), armsIn(had), had.distinct, failing);
    const failed = Object.values(fresh).flatMap((arm) => arm.failed);
    const distinct = distinctCounted(armsIn(seen), had.distinct, failed, failing);
    open[generation] = {
      traffic: addTraffic(had.traffic, { [id]: armsOf(fresh) }),
      outcomes: grown(had.outcomes, seen.outcomes),
      ...(distinct && { distinct }),
    };
    failing = withFailed(failing, fresh);
    return { generation: Number(generation), fresh };
  });
  return { open, news };
}

/** What came of each arm. */
export const armsOf = (fresh: Readonly<Record<string, Fresh>>): Arms =>
  Object.fromEntries(Object.entries(fresh).map(([name, { arm }]) => [name, arm]));

/** Two generations' counts together. */
export function both(one: Counted, other: Counted): Counted {
  const names = new Set([...Object.keys(one.outcomes), ...Object.keys(other.outcomes)]);
  const distinct = bothDistinct(one.distinct, other.distinct);
  return {
    traffic: addTraffic(one.traffic, other.traffic),
    outcomes: Object.fromEntries(
      [...names].map((name) => [
        name,
        mergeMoments(one.outcomes[name] ?? NO_MOMENTS, other.outcomes[name] ?? NO_MOMENTS),
      ]),
    ),
    ...(distinct && { distinct }),
  };
}

/** Who failed; how many were assigned no look asks of several generations. */
const bothDistinct = (
  one: DistinctCounted | undefined,
  other: DistinctCounted | undefined,
): DistinctCounted | undefined =>
  (one ?? other) && {
    assigned: {},
    failed: united(one?.failed ?? NO_SAMPLE, other?.failed ?? NO_SAMPLE),
  };

/** What was counted before, and whatever came on top of it. */
function grown(before: Outcomes, now: Outcomes): Outcomes {
  const outcomes = { ...before };
  for (const [name, moments] of Object.entries(now)) {
    if (moments.count >= (outcomes[name]?.count ?? 0)) outcomes[name] = moments;
  }
  return outcomes;
}
