import { Approvals } from '#aws/approvals.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { Policies } from '#aws/policies.ts';
import { Rollbacks } from '#aws/rollbacks.ts';
import { Rollouts } from '#aws/rollouts.ts';
import { Routes } from '#aws/routes.ts';
import type { Approval } from '#domain/access/approval.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { DEFAULT_ROLLBACK_POLICY } from '#domain/gates/rollback-policy.ts';
import {
  aliasKey,
  approvalKey,
  digestKey,
  modelKey,
  rolloutKey,
  routeKey,
  versionKey,
} from '#domain/registry/keys.ts';
import type { Stage } from '#domain/registry/stage.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import type { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { startRollout } from '#domain/rollout/state.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { beginRollback } from '../../../lambdas/rollout/begin-rollback.ts';
import { killVersion } from '../../../lambdas/rollout/kill-version.ts';
import { recedeTraffic } from '../../../lambdas/rollout/recede-traffic.ts';
import { mismatch } from '../../../lambdas/serving/outcome.ts';
import type { VouchedVersion } from '../../../lambdas/serving/vouched-version.ts';
import {
  digestNo,
  sampleCandidate,
  sampleRoute,
  targetNo,
} from '../../domain/serving/routing/sample-route.ts';
import { ConditionalTable } from '../../support/conditional-table.ts';
import { versionRecord } from '../../support/sample-release.ts';

export const model = { tenant: 'acme', model: 'churn' } as const;
export const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:Rollback:1';

/** Two of the n-th version's lease minutes from now, whenever the test runs. */
export const leased = (): number => Date.now() + 120_000;

export const canaryRoute = (changes: Partial<RouteDocument> = {}): RouteDocument =>
  sampleRoute({
    generation: 7,
    stable: { ...targetNo(1), since: 3 },
    previous: targetNo(9),
    candidate: sampleCandidate({ since: 5, share: 0.25, leaseUntil: leased() }),
    ...changes,
  });

/** Nothing is on trial. */
export function quietRoute(changes: Partial<RouteDocument> = {}): RouteDocument {
  const { candidate: _, ...route } = canaryRoute();
  return { ...route, ...changes };
}

let ids = 0;
/** UUIDs v7 that differ. */
const nextId = (): string => `01890000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;

export const request = (changes: Partial<RollbackRequest> = {}): RollbackRequest => ({
  ...model,
  id: nextId(),
  severity: 'critical',
  trigger: 'look',
  reason: 'failures: E = 45, threshold 20',
  actor: 'look-at-rollout',
  generation: 7,
  ...changes,
});

/** The registry in which version 1 is stable, 9 was before it, and 2 is on trial. */
export class RollbackWorld {
  readonly table = new ConditionalTable();
  readonly counts: Readonly<Record<string, number>>[] = [];
  /** Version numbers whose papers do not verify. */
  readonly forged = new Set<string>();
  readonly registry = new ModelRegistry(this.table.registry);
  readonly routes = new Routes(this.table.registry);
  readonly rollbacks = new Rollbacks(this.table.registry);
  readonly rollouts = new Rollouts(this.table.registry);
  readonly approvals = new Approvals(this.table.registry);
  readonly policies = new Policies(this.table.registry);

  constructor(route: RouteDocument = canaryRoute()) {
    this.setRoute(route);
    this.#version(9, 'DEPRECATED');
    this.#version(1, 'PRODUCTION');
    this.#version(2, 'STAGING');
    this.#version(3, 'STAGING');
    this.table.put(modelKey(model), { ...model, champion: '1.0.0' });
    this.table.put(aliasKey(model, 'champion'), { ...model, ...targetNo(1) });
  }

  setRoute(route: RouteDocument): void {
    this.table.put(routeKey(model), route);
  }

  get ports() {
    const { registry, routes, rollbacks, rollouts, approvals, policies } = this;
    const count = (_: object, counts: Readonly<Record<string, number>>): void => {
      this.counts.push(counts);
    };
    return {
      ...{ registry, routes, rollbacks, rollouts, approvals, policies },
      count,
      vouch: async ({ version }: VersionRecord) =>
        this.forged.has(version)
          ? mismatch('signature', 'another', "the artifact key's")
          : { ok: true as const, value: {} as VouchedVersion },
    };
  }

  begin = (rollback: RollbackRequest) =>
    beginRollback(this.ports)({ rollback, execution: EXECUTION });

  kill = ({ id }: Pick<RollbackRequest, 'id'>) =>
    killVersion(this.ports)({ rollback: { ...model, id } });

  recede = ({ id }: Pick<RollbackRequest, 'id'>) =>
    recedeTraffic(this.ports)({ rollback: { ...model, id } });

  /** What the state machine does with a request, without its waits, up to the kill. */
  async rollBack(rollback: RollbackRequest): Promise<string> {
    const { outcome } = await this.begin(rollback);
    if (outcome !== 'critical' && outcome !== 'gradual') return outcome;
    for (let receded = outcome === 'critical'; !receded; ) {
      const step = await this.recede(rollback);
      if (step.outcome === 'pre-empted' || step.outcome === 'hold') return step.outcome;
      receded = step.outcome === 'empty';
    }
    return (await this.kill(rollback)).outcome;
  }

  async route(): Promise<RouteDocument> {
    const route = await this.routes.of(model);
    if (!route) throw new Error('there is no route');
    return route;
  }

  async version(n: number): Promise<VersionRecord> {
    const found = await this.registry.version({ ...model, version: `${n}.0.0` });
    if (!found) throw new Error(`there is no version ${n}`);
    return found;
  }

  setState(n: number, state: Stage): void {
    const key = versionKey({ ...model, version: `${n}.0.0` });
    this.table.put(key, { ...this.table.get(key), state });
  }

  approval(n: number): string {
    return String(this.table.get(approvalKey('acme', `approval-${n}`))?.status);
  }

  /** A rollout of version 2, as it runs. */
  startRollout(changes: Partial<RolloutRecord> = {}): RolloutRecord {
    const record: RolloutRecord = {
      ...model,
      ...targetNo(2),
      id: '01880000-0000-7000-8000-000000000001',
      baseline: '1.0.0',
      execution: 'arn:aws:states:eu-west-1:111122223333:execution:Rollout:1',
      approval: 'approval-2',
      policyHash: digestNo(77),
      policy: DEFAULT_POLICY.rollout,
      rollback: { ...DEFAULT_ROLLBACK_POLICY, gradualSteps: 5, coolDownHours: 2 },
      status: 'RUNNING',
      paused: false,
      epoch: 0,
      steps: [{ step: 3, generation: 7, at: '2026-01-01T00:00:00.000Z' }],
      state: startRollout(DEFAULT_POLICY.rollout),
      counted: {},
      rev: 4,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
      ...changes,
    };
    this.table.put(rolloutKey(model, record.id), record);
    return record;
  }

  #version(n: number, state: Stage): void {
    const { version, digest } = targetNo(n);
    const subject = { ...model, version };
    const approval = `approval-${n}`;
    this.table.put(versionKey(subject), {
      ...versionRecord({ ...subject, digest, state, approval, rev: 3, ordinal: n }),
    });
    this.table.put(digestKey('acme', digest), { ...subject });
    const approved: Partial<Approval> = { id: approval, ...subject, digest, status: 'APPROVED' };
    this.table.put(approvalKey('acme', approval), approved);
  }
}
