import { DEFAULT_ROLLBACK_POLICY } from '#domain/gates/rollback-policy.ts';
import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import type { Trial } from '#domain/rollout/next-move.ts';
import type { LastLook, RolloutRecord } from '#domain/rollout/record.ts';
import type { Outcome } from '#domain/rollout/standing.ts';
import { startRollout } from '#domain/rollout/state.ts';
import { digestNo, NOW, targetNo } from '../serving/routing/sample-route.ts';
import { EVENTS_ONLY } from './looks.ts';

const AT = new Date(NOW).toISOString();

/** Judged by failures alone, after a shadow. */
export const POLICY: RolloutPolicy = { ...EVENTS_ONLY, shadow: true };

/** A rollout of version 2 in the shadow, that nobody has looked at. */
export const sampleRollout = (changes: Partial<RolloutRecord> = {}): RolloutRecord => ({
  id: '01880000-0000-7000-8000-000000000001',
  tenant: 'acme',
  model: 'churn',
  ...{ version: targetNo(2).version, digest: targetNo(2).digest },
  baseline: '1.0.0',
  execution: 'arn:aws:states:eu-west-1:111122223333:execution:Rollout:1',
  approval: 'approval-2',
  policyHash: digestNo(77),
  policy: POLICY,
  rollback: DEFAULT_ROLLBACK_POLICY,
  status: 'RUNNING',
  paused: false,
  epoch: 0,
  steps: [{ step: 0, generation: 2, at: AT }],
  state: startRollout(POLICY),
  counted: {},
  rev: 1,
  createdAt: AT,
  updatedAt: AT,
  ...changes,
});

/** The same in one of the policy's steps. */
export function inStep(step: number, changes: Partial<RolloutRecord> = {}): RolloutRecord {
  const steps = Array.from({ length: step + 1 }, (_, i) => ({
    step: i,
    generation: i + 2,
    at: AT,
  }));
  return sampleRollout({ steps, ...changes });
}

export const lastLook = (outcome: Outcome, step: number): LastLook => ({
  number: 1,
  at: AT,
  step,
  outcome,
  checks: [],
  nextSeconds: 20,
});

/** What the route says of that rollout while its lease runs. */
export const sampleTrial = (
  share = 0,
  candidate: Partial<NonNullable<Trial['candidate']>> = {},
): Trial => ({
  killEpoch: 0,
  experiments: [],
  candidate: {
    digest: targetNo(2).digest,
    epoch: 0,
    since: 2,
    share,
    leaseUntil: NOW + 60_000,
    ...candidate,
  },
});
