import * as z from 'zod/mini';
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
  kinds: z.partialRecord(z.enum(FAILURE_KINDS), Count),
  /** Of the answers, the time that the model ran, by `bucketOf`. */
  latency: Histogram,
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
    kinds: summed(a.kinds, b.kinds, 1),
    latency: merged(a.latency, b.latency),
  }));

/**
 * What came since `before`. Counts only grow; where one seems to have shrunk, because what held it
 * is gone, nothing came.
 */
export const trafficSince = (now: Traffic, before: Traffic): Traffic =>
  combined(now, before, (a, b) => ({
    assigned: grown(a.assigned, b.assigned),
    exposures: grown(a.exposures, b.exposures),
    failures: Math.min(grown(a.failures, b.failures), grown(a.exposures, b.exposures)),
    kinds: summed(a.kinds, b.kinds, -1),
    latency: merged(
      a.latency,
      b.latency.map(([bucket, count]) => [bucket, -count]),
    ).filter(([, count]) => count > 0),
  }));

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

function summed(
  one: ArmTraffic['kinds'],
  other: ArmTraffic['kinds'],
  sign: 1 | -1,
): ArmTraffic['kinds'] {
  const kinds = FAILURE_KINDS.map((kind): [FailureKind, number] => [
    kind,
    Math.max(0, (one[kind] ?? 0) + sign * (other[kind] ?? 0)),
  ]);
  return Object.fromEntries(kinds.filter(([, count]) => count > 0));
}
