import type { HourlyCounters } from '#aws/hourly-counters.ts';
import { hourOf, NOTHING_SEEN, type Seen, sumSeen } from '#domain/monitoring/capture/seen.ts';
import type { Service } from '#domain/monitoring/check/judge-service.ts';
import {
  bothServed,
  servedOf,
  servedSince,
  type TakenService,
} from '#domain/monitoring/check/served.ts';
import {
  DAY_HOURS,
  type HourRange,
  hoursOf,
  hoursUpTo,
  QUARTER_HOURS,
  quartersUpTo,
} from '#domain/monitoring/check/windows.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';

export interface SeenPorts {
  readonly counters: Pick<HourlyCounters, 'raw' | 'rolled'>;
}

/** Whose hours are read. Those before `rolledTo` are rolled up; of the others each process has its own. */
export interface Watched {
  readonly version: Subject & { readonly digest: Digest };
  readonly profile: Digest | null;
  readonly rolledTo: number;
}

/** Processes may write late; an hour is rolled up once it is older than the shorter window. */
export const mayRollTo = (at: number): number => hoursUpTo(at, QUARTER_HOURS).from;

/** A week: older hours are gone. */
export const firstHour = (at: number): number => hoursUpTo(at, 7 * DAY_HOURS).from;

/** Windows of six hours of the last week, the newest first; of each only its sum is held. */
export async function quarters(
  ports: SeenPorts,
  watched: Watched,
  at: number,
): Promise<readonly Seen[]> {
  const windows: Seen[] = [];
  for (const range of quartersUpTo(at)) windows.push(await sumOf(ports, watched, range));
  return windows;
}

/**
 * What came since the last check: the hours after the one that it read last, and what that one has
 * more by now. A first check takes the last whole hour and what has begun of the next. Besides, how
 * much traffic the last whole hour is for its hour of the day.
 */
export async function service(
  ports: SeenPorts,
  watched: Watched,
  at: number,
  taken: TakenService | undefined,
): Promise<Omit<Service, 'baselineP95Ms'>> {
  const { to } = hoursUpTo(at, 0);
  const begun = hourOf(at);
  const before: number[] = [];
  for (let days = 1; days <= 7; days++) {
    const hour = begun - 1 - days * DAY_HOURS;
    const seen = await sumOf(ports, watched, { from: hour, to: hour + 1 });
    if (seen.requests > 0) before.push(seen.requests);
  }
  const whole = await sumOf(ports, watched, { from: begun - 1, to: begun });
  const from = Math.max(taken?.hour ?? begun - 1, to - DAY_HOURS);
  const earlier = await sumOf(ports, watched, { from, to: to - 1 });
  const last = await sumOf(ports, watched, { from: to - 1, to });
  const all = bothServed(earlier, last);
  return {
    seen: taken?.hour === from ? servedSince(all, taken.counted) : all,
    hours: Math.max(1, taken ? to - 1 - from : to - from),
    read: { hour: to - 1, counted: servedOf(last) },
    ...(taken && { waiting: taken }),
    traffic: { now: whole.requests, before },
  };
}

async function sumOf(
  { counters }: SeenPorts,
  { version, profile, rolledTo }: Watched,
  { from, to }: HourRange,
): Promise<Seen> {
  const { digest } = version;
  let sum: Seen = { ...NOTHING_SEEN, profile };
  const rolled = await counters.rolled(version, digest, from, Math.min(to, rolledTo));
  for (const seen of rolled.values()) sum = sumSeen(profile, [sum, seen]);
  for (const hour of hoursOf({ from: Math.max(from, rolledTo), to })) {
    sum = sumSeen(profile, [sum, ...(await counters.raw(version, digest, hour))]);
  }
  return sum;
}
