import type { Moments } from '#domain/rollout/observation.ts';
import type { Counted } from '#domain/rollout/record.ts';
import type { ArmTraffic } from '#domain/rollout/traffic.ts';
import { NO_TRAFFIC } from '#domain/rollout/traffic.ts';

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

/** Noughts and ones. */
export const ones = (count: number, sum: number): Moments => ({
  count,
  mean: count === 0 ? 0 : sum / count,
  m2: count === 0 ? 0 : (sum * (count - sum)) / count,
});
