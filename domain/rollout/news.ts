import {
  type Arms,
  distinctCounted,
  type Failing,
  type Fresh,
  freshTraffic,
  withFailed,
} from './fresh-traffic.ts';
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
  /** Different units assigned since, of users a sample, and about how many they stand for. */
  readonly split: number;
  readonly served: number;
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
  failing: Failing,
): Omit<News, 'generation' | 'step'> & { readonly failing: Failing } {
  const arms = armsOf(now.traffic);
  const fresh = freshTraffic(arms, armsOf(before.traffic), before.distinct, failing);
  const [newCanary, newBaseline] = [fresh[CANDIDATE] ?? NONE, fresh[STABLE] ?? NONE];
  const both = (has: (arm: ArmTraffic) => boolean) =>
    !split || (has(newCanary.arm) && has(newBaseline.arm));
  const events = both(({ exposures }) => exposures > 0);
  const latency = both((arm) => arm.latency.length > 0);
  const news = (name: string, added: Fresh): ArmNews => ({
    now: arms[name] ?? NO_TRAFFIC,
    grew: added.arm.exposures > 0,
    taken: taken(added.arm, { events, latency }),
    split: added.split,
    served: added.served,
  });
  const found = { canary: news(CANDIDATE, newCanary), baseline: news(STABLE, newBaseline) };
  const outcomes = outcomesOf(now.outcomes, before.outcomes);
  const arrived = { [CANDIDATE]: found.canary.taken, [STABLE]: found.baseline.taken };
  const failed = events ? [...newCanary.failed, ...newBaseline.failed] : [];
  const distinct = distinctCounted(arms, before.distinct, failed, failing);
  return {
    ...found,
    failing: events ? withFailed(failing, fresh) : failing,
    outcomes: outcomes ? [outcomes] : [],
    counted: {
      traffic: addTraffic(before.traffic, { [CANDIDATE_TRIAL]: arrived }),
      outcomes: outcomes
        ? {
            [CANDIDATE]: mergeMoments(momentsIn(before.outcomes, CANDIDATE), outcomes.canary),
            [STABLE]: mergeMoments(momentsIn(before.outcomes, STABLE), outcomes.baseline),
          }
        : before.outcomes,
      ...(distinct && { distinct }),
    },
  };
}

/** Of what an arm has shown, what a look has use for; the rest waits. */
const taken = (
  arm: ArmTraffic,
  { events, latency }: { readonly events: boolean; readonly latency: boolean },
): ArmTraffic => ({
  ...NO_TRAFFIC,
  assigned: arm.assigned,
  ...(events && withoutExcess(arm)),
  ...(latency && { latency: arm.latency }),
  ...(arm.users && {
    users: events
      ? arm.users
      : { assigned: arm.users.assigned, exposures: 0, failures: 0, kinds: {} },
  }),
});

/** As routes call the arms of a rollout. */
const CANDIDATE = 'candidate';
const STABLE = 'stable';

const NONE: Fresh = { arm: NO_TRAFFIC, split: 0, served: 0, failed: [] };

const armsOf = (traffic: Counted['traffic']): Arms => traffic[CANDIDATE_TRIAL] ?? {};

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
