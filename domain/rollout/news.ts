import { mergeMoments, momentsSince, NO_MOMENTS } from './moments.ts';
import type { Moments, Stratum } from './observation.ts';
import type { Counted } from './record.ts';
import {
  type ArmTraffic,
  addTraffic,
  CANDIDATE_TRIAL,
  type FailureKind,
  NO_TRAFFIC,
  type Outcomes,
  trafficSince,
} from './traffic.ts';

/** What a look has of one generation that looks before it had not. */
export interface News {
  readonly generation: number;
  readonly step: number;
  readonly canary: ArmNews;
  readonly baseline: ArmNews;
  /** One stratum, or none yet. */
  readonly outcomes: readonly Stratum<Moments>[];
  /** All that looks have taken, this one's included. */
  readonly counted: Counted;
}

export interface ArmNews {
  /** All that the arm has shown in this generation. */
  readonly now: ArmTraffic;
  /** Whether units were exposed since the last look that took any. */
  readonly grew: boolean;
  readonly taken: ArmTraffic;
}

/** Outcomes of either arm in a stratum: each stratum costs each arm one degree of freedom. */
const OUTCOMES_MIN = 10;

/**
 * What is new and can be compared. While units are split between the arms, what only one of them
 * has is left for a later look: a stratum without the other arm compares nothing.
 */
export function newsOf(
  now: Counted,
  before: Counted = { traffic: {}, outcomes: {} },
  split: boolean,
): Omit<News, 'generation' | 'step'> {
  const since = trafficSince(now.traffic, before.traffic);
  const [newCanary, newBaseline] = armsOf(since);
  const [canary, baseline] = armsOf(now.traffic);
  const both = (has: (arm: ArmTraffic) => boolean) =>
    !split || (has(newCanary) && has(newBaseline));
  const events = both(({ exposures }) => exposures > 0);
  const latency = both((arm) => arm.latency.length > 0);
  const take = (arm: ArmTraffic): ArmTraffic => ({
    ...NO_TRAFFIC,
    assigned: arm.assigned,
    ...(events && withoutExcess(arm)),
    ...(latency && { latency: arm.latency }),
  });
  const news = (arm: ArmTraffic, added: ArmTraffic): ArmNews => ({
    now: arm,
    grew: added.exposures > 0,
    taken: take(added),
  });
  const found = { canary: news(canary, newCanary), baseline: news(baseline, newBaseline) };
  const outcomes = outcomesOf(now.outcomes, before.outcomes);
  const taken = { [CANDIDATE]: found.canary.taken, [STABLE]: found.baseline.taken };
  return {
    ...found,
    outcomes: outcomes ? [outcomes] : [],
    counted: {
      traffic: addTraffic(before.traffic, { [CANDIDATE_TRIAL]: taken }),
      outcomes: outcomes
        ? {
            [CANDIDATE]: mergeMoments(momentsIn(before.outcomes, CANDIDATE), outcomes.canary),
            [STABLE]: mergeMoments(momentsIn(before.outcomes, STABLE), outcomes.baseline),
          }
        : before.outcomes,
    },
  };
}

/** As routes call the arms of a rollout. */
const CANDIDATE = 'candidate';
const STABLE = 'stable';

const armsOf = (traffic: Counted['traffic']): readonly [ArmTraffic, ArmTraffic] => {
  const arms = traffic[CANDIDATE_TRIAL];
  return [arms?.[CANDIDATE] ?? NO_TRAFFIC, arms?.[STABLE] ?? NO_TRAFFIC];
};

/**
 * A unit may fail in a later look than it was exposed in: failures beyond the exposures of this
 * look wait for those of the next.
 */
function withoutExcess({
  exposures,
  failures,
  kinds,
}: ArmTraffic): Pick<ArmTraffic, 'exposures' | 'failures' | 'kinds'> {
  const counts = Object.entries(kinds) as [FailureKind, number][];
  return {
    exposures,
    failures,
    kinds: Object.fromEntries(counts.map(([kind, count]) => [kind, Math.min(count, exposures)])),
  };
}

function outcomesOf(now: Outcomes, before: Outcomes): Stratum<Moments> | undefined {
  const since = (arm: string) => momentsSince(momentsIn(now, arm), momentsIn(before, arm));
  const [canary, baseline] = [since(CANDIDATE), since(STABLE)];
  return Math.min(canary.count, baseline.count) >= OUTCOMES_MIN ? { canary, baseline } : undefined;
}

const momentsIn = (outcomes: Outcomes, arm: string): Moments => outcomes[arm] ?? NO_MOMENTS;
