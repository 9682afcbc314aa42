import { parseDigest } from '#domain/registry/digest.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import type { beginRollout } from '../../lambdas/rollout/begin-rollout.ts';
import type { failRollout } from '../../lambdas/rollout/fail-rollout.ts';
import type { lookAtRollout } from '../../lambdas/rollout/look-at-rollout.ts';
import type { promoteVersion } from '../../lambdas/rollout/promote-version.ts';
import { rollbackOf, withdrawalOf } from '../../lambdas/rollout/withdrawal.ts';

type OutputOf<Handler> = Handler extends (ports: never) => (input: never) => Promise<infer Output>
  ? Output
  : never;

/** What StartExecution answers; nothing of it is kept. */
type Started = { readonly ExecutionArn: string };

/** What the function or service of each Task state answers. */
export interface Outputs {
  BeginRollout: OutputOf<typeof beginRollout>;
  LookAtRollout: OutputOf<typeof lookAtRollout>;
  PromoteVersion: OutputOf<typeof promoteVersion>;
  FailRollout: OutputOf<typeof failRollout>;
  StartRollback: Started;
  StartSuccessor: Started;
  StartWithdrawal: Started;
}
export type TaskName = keyof Outputs;
export type Tasks = { readonly [Name in TaskName]: () => Outputs[Name] | Promise<Outputs[Name]> };

export const rollout: RolloutRef = {
  id: '019ab000-0000-7000-8000-000000000001',
  tenant: 'acme',
  model: 'churn',
  version: '1.2.0',
  digest: parseDigest('ab'.repeat(32)),
};

const asked = {
  id: '019ab000-0000-7000-8000-000000000002',
  actor: 'look-at-rollout',
  generation: 7,
};

/** What a look asks for that found harm, and what is asked for where nothing is held against it. */
export const harmed = rollbackOf(rollout, {
  ...asked,
  severity: 'critical',
  reason: 'the canary does harm',
  evidence: { lnHarm: 4.2 },
});
export const withdrawn = withdrawalOf(rollout, { ...asked, reason: 'the policy changed' });

const started: Tasks['StartRollback'] = () => ({
  ExecutionArn: 'arn:aws:states:us-east-1:123456789012:execution:rollback:1',
});

export const TO_PRODUCTION: Tasks = {
  BeginRollout: () => ({ outcome: 'begun', seconds: 20 }),
  LookAtRollout: () => ({ outcome: 'promote', seconds: 20 }),
  PromoteVersion: () => ({ outcome: 'promoted', predecessor: '1.1.0' }),
  FailRollout: () => ({ outcome: 'withdraw', ...withdrawn }),
  StartRollback: started,
  StartSuccessor: started,
  StartWithdrawal: started,
};

export const look = {
  wait: () => ({ outcome: 'wait', seconds: 25 }),
  harm: () => ({ outcome: 'roll-back', ...harmed }),
  over: () => ({ outcome: 'hand-over', seconds: 25, name: `${rollout.id}-1000` }),
  ended: () => ({ outcome: 'ended', reason: 'the rollout is ABORTED' }),
} as const satisfies Record<string, Tasks['LookAtRollout']>;
