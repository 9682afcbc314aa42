import {
  countsByRank,
  hashesOf,
  levelFor,
  mostOf,
  newAt,
  rankOf,
  type Sample,
  sampleOf,
} from './distinct.ts';
import type { Counted, DistinctCounted } from './record.ts';
import {
  type ArmTraffic,
  addKinds,
  armSince,
  FAILURE_KINDS,
  type FailureKind,
  kindsSince,
  NO_TRAFFIC,
  type UserTraffic,
} from './traffic.ts';

/** By arm of one trial. */
export type Arms = Readonly<Record<string, ArmTraffic>>;

/** Users whose failure in a trial has been counted, in any generation of the route and either arm. */
export interface Failing {
  /** Of those who fail from now on, only the hashes of this level count. */
  readonly level: number;
  readonly known: ReadonlySet<number>;
}

/** What an arm has of one generation that was not counted before, each user once. */
export interface Fresh {
  /** Failures of different users; exposures as often as processes counted them. */
  readonly arm: ArmTraffic;
  /** Different units that were assigned: of users, those of the sample. */
  readonly split: number;
  /** About how many those stand for, and never more than processes counted. */
  readonly served: number;
  /** Hashes of the users who failed. */
  readonly failed: readonly number[];
}

/** Hashes that a record keeps of users who failed in a trial: 16 kB. */
const FAILED_MAX = 2048;

const NO_USERS: UserTraffic = { assigned: 0, exposures: 0, failures: 0, kinds: {} };

/**
 * Who has failed so far, and what narrower sample counts from now on if there come to be too many:
 * those once counted stay so, whom nobody counted while it was wider never are.
 */
export function failingOf(counted: Iterable<Counted>, now: Iterable<ArmTraffic>): Failing {
  const before = [...counted].flatMap(({ distinct }) => (distinct ? [distinct.failed] : []));
  const fresh = [...now].flatMap(({ users }) => Object.values(users?.sample?.failed ?? {}));
  const known = new Set(before.flatMap(hashesOf));
  const all = new Set([...known, ...fresh.flatMap(hashesOf)]);
  return { level: levelFor(all, FAILED_MAX, levelOf([...before, ...fresh])), known };
}

/** What was counted, without those who failed whom the level leaves out by now. */
export const narrowedTo = (
  { level }: Failing,
  counted: Readonly<Record<string, Counted>>,
): Readonly<Record<string, Counted>> =>
  Object.fromEntries(
    Object.entries(counted).map(([generation, one]) => {
      const { distinct } = one;
      if (!distinct || distinct.failed.level >= level) return [generation, one];
      const failed = sampleOf(level, hashesOf(distinct.failed));
      return [generation, { ...one, distinct: { ...distinct, failed } }];
    }),
  );

export const withFailed = (failing: Failing, fresh: Readonly<Record<string, Fresh>>): Failing => ({
  ...failing,
  known: new Set([...failing.known, ...Object.values(fresh).flatMap(({ failed }) => failed)]),
});

/** @param before of the same trial, by what looks before have taken. */
export function freshTraffic(
  now: Arms,
  before: Arms,
  distinct: DistinctCounted | undefined,
  failing: Failing,
): Readonly<Record<string, Fresh>> {
  const samples = Object.values(now).flatMap(({ users }) => users?.sample ?? []);
  const level = levelOf(samples.map(({ assigned }) => assigned));
  const share = differentShare(Object.values(now));
  const names = [...new Set([...Object.keys(now), ...Object.keys(before)])];
  return Object.fromEntries(
    names.map((name) => {
      const [one, other] = [now[name] ?? NO_TRAFFIC, before[name] ?? NO_TRAFFIC];
      const sampled = newAt(level, assignedRanks(one), distinct?.assigned[name]);
      return [name, freshArm(one, other, { sampled, level, share, failing })];
    }),
  );
}

/** What later looks have to know of the users counted by now; undefined where there are none. */
export function distinctCounted(
  now: Arms,
  before: DistinctCounted | undefined,
  failed: readonly number[],
  { level }: Failing,
): DistinctCounted | undefined {
  const named = Object.entries(now).filter(([, { users }]) => users);
  if (!before && named.length === 0) return undefined;
  return {
    assigned: {
      ...before?.assigned,
      ...Object.fromEntries(
        named.map(([name, arm]) => [name, mostOf(assignedRanks(arm), before?.assigned[name])]),
      ),
    },
    failed: sampleOf(level, [...(before ? hashesOf(before.failed) : []), ...failed]),
  };
}

interface Counting {
  readonly sampled: number;
  readonly level: number;
  /** Exposures of different users or minutes, over those that processes counted. */
  readonly share: number;
  readonly failing: Failing;
}

function freshArm(
  now: ArmTraffic,
  before: ArmTraffic,
  { sampled, level, share, failing }: Counting,
): Fresh {
  const since = armSince(now, before);
  if (!now.users) return { arm: since, split: since.assigned, served: since.assigned, failed: [] };
  const users = before.users ?? NO_USERS;
  const assigned = Math.max(0, now.users.assigned - users.assigned);
  const exposures = Math.max(0, now.users.exposures - users.exposures);
  const failed = newFailures(now.users, failing).slice(0, exposures);
  const kinds: Partial<Record<FailureKind, number>> = {};
  for (const [, kind] of failed) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const requests = {
    assigned: Math.max(0, since.assigned - assigned),
    failures: grownBy(now.failures - now.users.failures, before.failures - users.failures),
    kinds: kindsSince(
      kindsSince(now.kinds, now.users.kinds),
      kindsSince(before.kinds, users.kinds),
    ),
  };
  const failures = Math.min(requests.failures, Math.max(0, since.exposures - exposures));
  const different = Math.max(0, now.users.exposures * share - (users.different ?? 0));
  const units = Math.max(failed.length, different / 2 ** failing.level);
  return {
    arm: {
      ...since,
      failures: failures + failed.length,
      kinds: addKinds(requests.kinds, kinds),
      users: { assigned, exposures, failures: failed.length, kinds, different, units },
    },
    split: requests.assigned + sampled,
    served: requests.assigned + Math.min(assigned, sampled * 2 ** level),
    failed: failed.map(([hash]) => hash),
  };
}

/** By hash, so that who has to wait for exposures to come is nothing that an arm decides. */
function newFailures(
  { sample }: UserTraffic,
  { level, known }: Failing,
): (readonly [hash: number, kind: FailureKind])[] {
  const kinds = new Map<number, FailureKind>();
  for (const kind of FAILURE_KINDS) {
    const failed = sample?.failed[kind];
    for (const hash of failed ? hashesOf(failed) : []) {
      if (rankOf(hash) >= level && !known.has(hash) && !kinds.has(hash)) kinds.set(hash, kind);
    }
  }
  return [...kinds].sort(([a], [b]) => a - b);
}

const assignedRanks = ({ users }: ArmTraffic): number[] =>
  users?.sample ? countsByRank(hashesOf(users.sample.assigned)) : [];

/** How many users in minutes there were, of as many as all processes counted; 1 where none is known. */
function differentShare(arms: readonly ArmTraffic[]): number {
  const exposures = arms.reduce((sum, { users }) => sum + (users?.exposures ?? 0), 0);
  const samples = arms.flatMap(({ users }) => users?.sample?.exposed ?? []);
  if (exposures === 0) return 1;
  const level = levelOf(samples);
  const different = samples.reduce(
    (sum, sample) => sum + newAt(level, countsByRank(hashesOf(sample))),
    0,
  );
  return Math.min(1, (different * 2 ** level) / exposures);
}

const levelOf = (samples: readonly Sample[]): number =>
  samples.reduce((level, sample) => Math.max(level, sample.level), 0);

const grownBy = (now: number, before: number): number => Math.max(0, now - before);
