import * as z from 'zod/mini';
import { Policies } from '#aws/policies.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Rollbacks } from '#aws/rollbacks.ts';
import { Rollouts, rolloutWrite } from '#aws/rollouts.ts';
import { Routes } from '#aws/routes.ts';
import { DEFAULT_POLICY, resolvePolicy } from '#domain/gates/policy.ts';
import type { RollbackPolicy } from '#domain/gates/rollback-policy.ts';
import { endedAs } from '#domain/rollout/progress.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import type { RollbackRecord, RollbackRef } from '#domain/rollout/rollback-record.ts';
import { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { planRollback, type RollbackPlan } from '#domain/serving/routing/plan-rollback.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { count } from '../metrics.ts';
import { COUNTED } from './settle-rollback.ts';

const Input = z.strictObject({ rollback: RollbackRequest, execution: z.string() });

/** What a Choice routes on, and how long the machine waits between its steps, in whole seconds. */
interface Begun {
  readonly outcome: RollbackPlan['outcome'];
  readonly rollback: RollbackRef;
  readonly stepSeconds: number;
  readonly validationSeconds: number;
  readonly reason?: string;
}

interface Ports {
  readonly routes: Pick<Routes, 'of'>;
  readonly rollouts: Pick<Rollouts, 'running'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly rollbacks: Pick<Rollbacks, 'get' | 'begin'>;
  readonly count: typeof count;
}

/** Looks at the rollout that may come between reading and writing. */
const TURNS = 5;

/**
 * Decides by the route as it is what a request comes to, and notes it. A rollout that is to go back
 * step by step ends here: what is left of it only shrinks.
 */
export const beginRollback =
  (ports: Ports) =>
  async ({ rollback: request, execution }: z.infer<typeof Input>): Promise<Begun> => {
    for (let turn = 0; turn < TURNS; turn++) {
      const known = await ports.rollbacks.get(request);
      if (known) return begun(known);
      const now = act(request.actor);
      const { record, ends } = await prepare(ports, request, execution, now.at);
      const written = await ports.rollbacks.begin(
        record,
        ends ? [rolloutWrite(endedBy(ends, request, now.at), ends.rev)] : [],
        now,
      );
      if (!written.ok) continue;
      if (record.status === 'HELD') ports.count(COUNTED, { RollbackHeld: 1 });
      return begun(record);
    }
    throw new Error(`a rollout of ${request.model} changed ${TURNS} times meanwhile; retry`);
  };

interface Prepared {
  readonly record: RollbackRecord;
  /** The rollout that the beginning ends. */
  readonly ends: RolloutRecord | undefined;
}

async function prepare(
  { routes, rollouts, policies }: Ports,
  request: RollbackRequest,
  execution: string,
  at: string,
): Promise<Prepared> {
  const { id, tenant, model } = request;
  const [route, running, layers] = await Promise.all([
    routes.of(request),
    rollouts.running(request),
    policies.layersOf(request),
  ]);
  const plan: RollbackPlan = route
    ? planRollback(route, request, { ms: Date.parse(at), iso: at })
    : { outcome: 'nothing', reason: `${model} has no route; nothing is left to do` };
  const target = 'target' in plan ? plan.target : undefined;
  const rollout = running && running.digest === target?.digest ? running : undefined;
  const inForce = resolvePolicy(DEFAULT_POLICY, layers.tenant, layers.model);
  const record: RollbackRecord = {
    ...{ id, tenant, model, request, execution },
    ...standing(plan),
    policy: rollout?.rollback ?? inForce.rollback,
    ...(rollout && { rollout: rollout.id }),
    ...{ rev: 1, createdAt: at, updatedAt: at },
  };
  return { record, ends: plan.outcome === 'gradual' ? rollout : undefined };
}

function standing(
  plan: RollbackPlan,
): Pick<RollbackRecord, 'status' | 'reason' | 'version' | 'digest' | 'mode' | 'startShare'> {
  switch (plan.outcome) {
    case 'critical':
    case 'gradual': {
      const { version, digest } = plan.target;
      return { status: 'RUNNING', version, digest, mode: plan.outcome, startShare: plan.share };
    }
    case 'nothing':
      return { status: 'NOTHING', reason: plan.reason };
    case 'refused':
      return { status: 'REFUSED', reason: plan.reason };
    case 'hold':
      return { status: 'HELD', reason: plan.reason };
  }
}

/** By the record, so that the second try of a task says what the first one did. */
function begun({ id, tenant, model, status, mode, reason, policy }: RollbackRecord): Begun {
  return {
    outcome: outcomeOf(status, mode),
    rollback: { tenant, model, id },
    stepSeconds: wholeSeconds(policy.gradualStepSeconds),
    validationSeconds: wholeSeconds(policy.validationSeconds),
    ...(reason !== undefined && { reason }),
  };
}

function outcomeOf(
  status: RollbackRecord['status'],
  mode: RollbackRecord['mode'],
): Begun['outcome'] {
  if (status === 'NOTHING') return 'nothing';
  if (status === 'REFUSED') return 'refused';
  if (status === 'HELD') return 'hold';
  return mode ?? 'critical';
}

/** A Wait takes no others. */
const wholeSeconds = (seconds: RollbackPolicy['validationSeconds']): number => Math.ceil(seconds);

function endedBy(rollout: RolloutRecord, request: RollbackRequest, at: string): RolloutRecord {
  const { abort, actor: by, reason } = request;
  return endedAs(rollout, { status: abort ? 'ABORTED' : 'ROLLED_BACK', by, reason }, at);
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return beginRollback({
    routes: new Routes(table),
    rollouts: new Rollouts(table),
    policies: new Policies(table),
    rollbacks: new Rollbacks(table),
    count,
  });
});
