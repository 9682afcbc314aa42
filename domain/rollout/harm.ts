import type { Json } from '#domain/gates/verdict.ts';
import { judgeRollout } from './judge-look.ts';
import type { EventCounts } from './observation.ts';
import { stepOf } from './progress.ts';
import type { RolloutRecord, Severity } from './record.ts';
import type { RollbackRequest } from './rollback-request.ts';
import { thresholds } from './standing.ts';
import type { GuardrailState } from './state.ts';

/** What does harm, and how it is known. */
export type Harm = Pick<RollbackRequest, 'severity' | 'reason' | 'evidence'>;

const MAX_REASON = 1000;

/** Of a rollout whose last look failed, under the route's `generation`. */
export function harmOf(record: RolloutRecord, generation: number): Harm {
  const { policy, state } = record;
  const { checks, standing, sampleRatio } = judgeRollout(state, policy);
  const found = checks.filter(({ verdict }) => verdict === 'fail');
  return {
    severity: severityOf(record, standing.guardrails),
    reason: found
      .map(({ message }) => message)
      .join('; ')
      .slice(0, MAX_REASON),
    evidence: {
      rollout: record.id,
      look: state.look,
      step: stepOf(record),
      generation,
      exposures: state.exposures,
      lnHarm: standing.harm,
      lnThresholds: thresholds(policy),
      sampleRatio,
      guardrails: standing.guardrails.map(({ id, harm, crossed }) => ({
        id,
        lnHarm: harm,
        crossed,
        ...countsOf(state.guardrails[id]),
      })),
      checks: found.map(({ id, message }) => ({ id, message })),
    },
  };
}

/**
 * Critical where requests fail: nobody is to wait for that to end. What is merely slow or less right
 * may go step by step, unless nobody is answered by it anyway.
 */
function severityOf(
  record: RolloutRecord,
  guardrails: readonly { readonly id: string; readonly harm: number; readonly crossed: boolean }[],
): Severity {
  const { policy, state } = record;
  const failing = guardrails.some(
    ({ id, harm, crossed }) =>
      state.guardrails[id]?.kind === 'events' && (crossed || harm >= thresholds(policy).harm),
  );
  return failing || stepOf(record) === 0 ? 'critical' : 'high';
}

function countsOf(guardrail: GuardrailState | undefined): { readonly [name: string]: Json } {
  if (guardrail === undefined || guardrail.kind === 'mean') return {};
  const { canary, baseline } = guardrail.evidence.totals;
  return { canary: shown(canary), baseline: shown(baseline) };
}

const shown = ({ exposures, events }: EventCounts): Json => ({ exposures, events });
