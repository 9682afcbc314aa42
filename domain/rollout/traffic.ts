import * as z from 'zod/mini';
import { Sample, united } from './distinct.ts';
import { merged } from './histogram.ts';
import { Histogram, type Moments } from './observation.ts';

const Count = z.int().check(z.nonnegative());

/** How a version can fail to answer a request. */
export const FAILURE_KINDS = [
  'threw',
  'crashed',
  'timeout',
  'memory',
  'not-finite',
  'schema',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

const Kinds = z.partialRecord(z.enum(FAILURE_KINDS), Count);

/** Who of an arm's users was sampled, each once however many processes met them. */
const UserSample = z.strictObject({
  assigned: Sample,
  /** Of users in minutes. */
  exposed: Sample,
  failed: z.partialRecord(z.enum(FAILURE_KINDS), Sample),
});
export type UserSample = z.infer<typeof UserSample>;

/** What of an arm's counts is of users whom every process knows by the same hash. */
const UserTraffic = z.strictObject({
  assigned: Count,
  exposures: Count,
  failures: Count,
  kinds: Kinds,
  /** Of what one or more processes counted; what looks have taken of it is numbers alone. */
  sample: z.optional(UserSample),
  /** Of what looks have taken: about how many exposures there were of different users or minutes. */
  different: z.optional(z.number().check(z.nonnegative())),
  /** Those of them among which the failures were counted: fewer where these are a sample. */
  units: z.optional(z.number().check(z.nonnegative())),
});
export type UserTraffic = z.infer<typeof UserTraffic>;

/**
 * What one arm of a trial has shown in one generation of the route. A unit is the user where a
 * request names one, whom each process counts once as each part says; otherwise the request.
 */
export const ArmTraffic = z.strictObject({
  /** Units that the route drew for this arm, whoever answered them in the end. */
  assigned: Count,
  /** Units that its version was asked for, and answered or failed; a user once a minute until failed. */
  exposures: Count,
  /**
   * Those of them it failed, a user once in the trial; what the other version fails too is the
   * request's fault, not counted.
   */
  failures: Count,
  /** The same by kind. */
  kinds: Kinds,
  /** Of the answers, the time that the model ran, by `bucketOf`. */
  latency: Histogram,
  /** Which part of it is of users. */
  users: z.optional(UserTraffic),
});
export type ArmTraffic = z.infer<typeof ArmTraffic>;

export const NO_TRAFFIC: ArmTraffic = {
  assigned: 0,
  exposures: 0,
  failures: 0,
  kinds: {},
  latency: [],
};

/** The name that a rollout's trial is counted under; experiments are counted under their ids. */
export const CANDIDATE_TRIAL = 'candidate';

/** By trial, then by arm: `stable` and `candidate` of a rollout, the variants of an experiment. */
export const Traffic = z.record(z.string(), z.record(z.string(), ArmTraffic));
export type Traffic = z.infer<typeof Traffic>;

/** What outcomes that came back add up to, by arm. */
export type Outcomes = Readonly<Record<string, Moments>>;

/** Both together. */
export const addTraffic = (one: Traffic, other: Traffic): Traffic =>
  combined(one, other, (a, b) => ({
    assigned: a.assigned + b.assigned,
    exposures: a.exposures + b.exposures,
    failures: a.failures + b.failures,
    kinds: addKinds(a.kinds, b.kinds),
    latency: merged(a.latency, b.latency),
    ...bothUsers(a.users, b.users),
  }));

/** All together: by halves, since uniting samples costs as much as there is in both. */
export function sumTraffic(all: readonly Traffic[]): Traffic {
  if (all.length < 2) return all[0] ?? {};
  const half = all.length >> 1;
  return addTraffic(sumTraffic(all.slice(0, half)), sumTraffic(all.slice(half)));
}

/**
 * What came of an arm since `before`. Counts only grow; where one seems to have shrunk, because what
 * held it is gone, nothing came. Of users it says nothing: see `freshTraffic`.
 */
export const armSince = (now: ArmTraffic, before: ArmTraffic): ArmTraffic => ({
  assigned: grown(now.assigned, before.assigned),
  exposures: grown(now.exposures, before.exposures),
  failures: Math.min(grown(now.failures, before.failures), grown(now.exposures, before.exposures)),
  kinds: kindsSince(now.kinds, before.kinds),
  latency: merged(
    now.latency,
    before.latency.map(([bucket, count]) => [bucket, -count]),
  ).filter(([, count]) => count > 0),
});

function bothUsers(
  a: UserTraffic | undefined,
  b: UserTraffic | undefined,
): Pick<ArmTraffic, 'users'> {
  if (!a || !b) return a || b ? { users: (a ?? b) as UserTraffic } : {};
  const units = (a.units ?? 0) + (b.units ?? 0);
  const different = (a.different ?? 0) + (b.different ?? 0);
  const sample = a.sample && b.sample ? bothSamples(a.sample, b.sample) : (a.sample ?? b.sample);
  return {
    users: {
      assigned: a.assigned + b.assigned,
      exposures: a.exposures + b.exposures,
      failures: a.failures + b.failures,
      kinds: addKinds(a.kinds, b.kinds),
      ...(sample && { sample }),
      ...(different > 0 && { different }),
      ...(units > 0 && { units }),
    },
  };
}

const bothSamples = (a: UserSample, b: UserSample): UserSample => ({
  assigned: united(a.assigned, b.assigned),
  exposed: united(a.exposed, b.exposed),
  failed: Object.fromEntries(
    FAILURE_KINDS.flatMap((kind) => {
      const [one, other] = [a.failed[kind], b.failed[kind]];
      const both = one && other ? united(one, other) : (one ?? other);
      return both ? [[kind, both]] : [];
    }),
  ),
});

function combined(
  one: Traffic,
  other: Traffic,
  both: (a: ArmTraffic, b: ArmTraffic) => ArmTraffic,
): Traffic {
  const trials = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...trials].map((trial) => {
      const [a = {}, b = {}] = [one[trial], other[trial]];
      const arms = new Set([...Object.keys(a), ...Object.keys(b)]);
      return [
        trial,
        Object.fromEntries(
          [...arms].map((arm) => [arm, both(a[arm] ?? NO_TRAFFIC, b[arm] ?? NO_TRAFFIC)]),
        ),
      ];
    }),
  );
}

const grown = (now: number, before: number): number => Math.max(0, now - before);

type KindCounts = ArmTraffic['kinds'];

export const addKinds = (one: KindCounts, other: KindCounts): KindCounts => summed(one, other, 1);

export const kindsSince = (now: KindCounts, before: KindCounts): KindCounts =>
  summed(now, before, -1);

function summed(one: KindCounts, other: KindCounts, sign: 1 | -1): KindCounts {
  const kinds = FAILURE_KINDS.map((kind): [FailureKind, number] => [
    kind,
    Math.max(0, (one[kind] ?? 0) + sign * (other[kind] ?? 0)),
  ]);
  return Object.fromEntries(kinds.filter(([, count]) => count > 0));
}
