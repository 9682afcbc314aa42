import { type Purpose, sampleOf, unitHash } from '#domain/rollout/distinct.ts';
import type { Moments } from '#domain/rollout/observation.ts';
import type { Counted } from '#domain/rollout/record.ts';
import { type ArmTraffic, NO_TRAFFIC, sumTraffic } from '#domain/rollout/traffic.ts';

/** Counters of the experiment `colour`, by arm. */
export const counters = (
  arms: Readonly<Record<string, Partial<ArmTraffic>>>,
  outcomes: Readonly<Record<string, Moments>> = {},
): Counted => ({
  traffic: {
    colour: Object.fromEntries(
      Object.entries(arms).map(([name, arm]) => [name, { ...NO_TRAFFIC, ...arm }]),
    ),
  },
  outcomes,
});

/** Units that an arm was drawn for and answered, some of them not. */
export const served = (units: number, failures = 0): Partial<ArmTraffic> => ({
  assigned: units,
  exposures: units,
  failures,
});

/** What one process counts of users whom it answers once, every tenth of whom fails. */
export function met(from: number, to: number): ArmTraffic {
  const users = Array.from({ length: to - from }, (_, i) => from + i);
  const failing = users.filter((user) => user % 10 === 0);
  const hashed = (purpose: Purpose, units: readonly number[]) =>
    sampleOf(
      0,
      units.map((unit) => unitHash(purpose, 'colour', `user ${unit}`)),
    );
  const counts = { ...served(users.length, failing.length), kinds: { threw: failing.length } };
  const sample = {
    assigned: hashed('assigned', users),
    exposed: hashed('exposed', users),
    failed: { threw: hashed('failed', failing) },
  };
  const all = { ...NO_TRAFFIC, ...counts };
  const { latency: _, ...ofUsers } = all;
  return { ...all, users: { ...ofUsers, sample } };
}

/** What so many processes that met the same users count together. */
export const processes = (count: number, arms: Readonly<Record<string, ArmTraffic>>): Counted => ({
  traffic: sumTraffic(Array.from({ length: count }, () => ({ colour: arms }))),
  outcomes: {},
});

/** Noughts and ones. */
export const ones = (count: number, sum: number): Moments => ({
  count,
  mean: count === 0 ? 0 : sum / count,
  m2: count === 0 ? 0 : (sum * (count - sum)) / count,
});
