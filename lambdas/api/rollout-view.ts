import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { stepOf } from '#domain/rollout/progress.ts';
import type { Question, RolloutRecord } from '#domain/rollout/record.ts';
import type { RolloutState } from '#domain/rollout/state.ts';
import { addTraffic, CANDIDATE_TRIAL, NO_TRAFFIC } from '#domain/rollout/traffic.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';

/** What a list, or a version, shows of a rollout. */
export const rolloutSummaryOf = (record: RolloutRecord) => ({
  id: record.id,
  version: record.version,
  digest: record.digest,
  baseline: record.baseline,
  status: record.status,
  paused: record.paused,
  step: stepOf(record),
  steps: record.policy.steps,
  asked: record.asked && askedOf(record.asked),
  ended: record.ended,
  createdAt: record.createdAt,
  updatedAt: record.updatedAt,
});

/** The same with the share of units that the version has now, where it is on trial. */
export const rolloutBriefOf = (record: RolloutRecord, route: RouteDocument | undefined) => ({
  ...rolloutSummaryOf(record),
  share: candidateOf(record, route)?.share,
});

/** Everything that a rollout has shown so far. */
export function rolloutViewOf(record: RolloutRecord, route: RouteDocument | undefined) {
  const candidate = candidateOf(record, route);
  return {
    ...rolloutBriefOf(record, route),
    begun: record.steps,
    allowedStep: record.allowedStep,
    despite: record.despite,
    look: record.last && {
      number: record.last.number,
      at: record.last.at,
      step: record.last.step,
      outcome: record.last.outcome,
      checks: record.last.checks,
      nextAt: isoAfter(record.last.at, record.last.nextSeconds),
    },
    traffic: trafficOf(record),
    route: route && {
      generation: route.generation,
      mode: candidate?.mode,
      leaseUntil: candidate && new Date(candidate.leaseUntil).toISOString(),
    },
  };
}

const askedOf = ({ at, reason, block }: Question) => ({ at, reason, block });

const candidateOf = ({ status, digest }: RolloutRecord, route: RouteDocument | undefined) =>
  status === 'RUNNING' && route?.candidate?.digest === digest ? route.candidate : undefined;

const isoAfter = (iso: string, seconds: number): string =>
  new Date(Date.parse(iso) + seconds * 1000).toISOString();

/** What both arms did, as the last look read it; of one that ended, what it was judged by is left. */
function trafficOf({ counted, state, policy }: RolloutRecord) {
  const generations = Object.values(counted).map(({ traffic }) => traffic);
  if (generations.length === 0) return judgedTraffic(state, policy);
  const arms = generations.reduce(addTraffic, {})[CANDIDATE_TRIAL] ?? {};
  const shown = (arm: string) => {
    const { exposures, failures, kinds } = arms[arm] ?? NO_TRAFFIC;
    return { exposures, failures, kinds };
  };
  return { candidate: shown('candidate'), stable: shown('stable') };
}

function judgedTraffic({ guardrails }: RolloutState, policy: RolloutPolicy) {
  const counting = policy.guardrails.find(({ kind }) => kind === 'events');
  const seen = counting && guardrails[counting.id];
  if (seen?.kind !== 'events') return undefined;
  const { canary, baseline } = seen.evidence.totals;
  return {
    candidate: { exposures: canary.exposures, failures: canary.events },
    stable: { exposures: baseline.exposures, failures: baseline.events },
  };
}
