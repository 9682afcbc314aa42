import { vi } from 'vitest';
import { Activations } from '#aws/activation.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { Policies } from '#aws/policies.ts';
import { PromotionBlocks } from '#aws/promotion-blocks.ts';
import { Rollouts } from '#aws/rollouts.ts';
import { Routes } from '#aws/routes.ts';
import { DEFAULT_POLICY, type Policy, resolvePolicy } from '#domain/gates/policy.ts';
import type { RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { policyDocumentKey } from '#domain/registry/evidence-key.ts';
import {
  aliasKey,
  approvalKey,
  digestKey,
  modelKey,
  monitoringKey,
  policyKey,
  routeKey,
  versionKey,
} from '#domain/registry/keys.ts';
import type { Stage } from '#domain/registry/stage.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { bucketOf } from '#domain/rollout/histogram.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import {
  type ArmTraffic,
  addTraffic,
  CANDIDATE_TRIAL,
  NO_TRAFFIC,
  type Outcomes,
  type Traffic,
} from '#domain/rollout/traffic.ts';
import { renewLease } from '#domain/serving/routing/renew-lease.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { beginRollout } from '../../../lambdas/rollout/begin-rollout.ts';
import { failRollout } from '../../../lambdas/rollout/fail-rollout.ts';
import { lookAtRollout } from '../../../lambdas/rollout/look-at-rollout.ts';
import { promoteVersion } from '../../../lambdas/rollout/promote-version.ts';
import {
  digestNo,
  moment,
  NOW,
  sampleRoute,
  targetNo,
} from '../../domain/serving/routing/sample-route.ts';
import { ConditionalTable } from '../../support/conditional-table.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { digestA, versionRecord } from '../../support/sample-release.ts';

export const model = { tenant: 'acme', model: 'churn' } as const;
export const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:Rollout:1';
export const rollout: RolloutRef = {
  id: '01880000-0000-7000-8000-000000000001',
  ...model,
  ...targetNo(2),
};

const holdout = {
  bucket: 'artifacts',
  key: 'eval.csv',
  versionId: '1',
  sha256: digestA,
  evaluation: { dataset: 'eval.csv', target: 'y', task: 'regression' },
} as const;

export const BLOCK = { since: '2026-01-01T00:00:00.000Z', by: 'input-drift (page)' } as const;

/** Judged by failures alone, and by few units, so that tests need not count to thousands. */
export const BRISK: Partial<RolloutPolicy> = {
  guardrails: [{ id: 'failures', kind: 'events', better: 'lower', required: true }],
  exposuresMin: 100,
};

/** A registry in which version 1 is stable and version 2 approved and admitted. */
export class RolloutWorld {
  readonly table = new ConditionalTable();
  readonly evidence = new MemoryEvidence();
  readonly traffic = new Map<number, Traffic>();
  readonly outcomes = new Map<number, Outcomes>();
  readonly policy: Policy;
  readonly registry = new ModelRegistry(this.table.registry);
  readonly policies = new Policies(this.table.registry);
  readonly rollouts = new Rollouts(this.table.registry);
  readonly blocks = new PromotionBlocks(this.table.registry);
  readonly #routes = new Routes(this.table.registry);
  /** As the adapter's, which changes a part of an item: the table in memory does not. */
  readonly routes = {
    of: this.#routes.of.bind(this.#routes),
    renewLease: async (seen: RouteDocument, leaseUntil: number): Promise<boolean> => {
      const seconds = (leaseUntil - Date.now()) / 1000;
      const renewed = renewLease(await this.route(), { seen, seconds }, moment(Date.now()));
      const item = this.table.get(routeKey(model));
      if (renewed.ok) this.table.put(routeKey(model), { ...item, ...renewed.route });
      return renewed.ok;
    },
  };

  constructor(rolloutPolicy: Partial<RolloutPolicy> = BRISK) {
    vi.setSystemTime(NOW);
    const layer = { revision: 1, overlay: { rollout: rolloutPolicy }, holdout };
    this.policy = resolvePolicy(DEFAULT_POLICY, layer);
    this.table.put(policyKey(model), layer);
    this.setRoute(sampleRoute());
    this.setVersion(1, 'PRODUCTION');
    this.setVersion(2, 'STAGING');
    this.table.put(modelKey(model), { ...model, champion: '1.0.0' });
    this.table.put(aliasKey(model, 'champion'), { ...model, ...targetNo(1) });
  }

  /** Holds the policy document; only after this the world is whole. */
  async ready(): Promise<this> {
    await this.evidence.putJson(policyDocumentKey('acme', hashOf(this.policy)), this.policy);
    return this;
  }

  begin = (ref = rollout, execution = EXECUTION, startedAt = new Date().toISOString()) =>
    beginRollout(this.ports)({ rollout: ref, execution, startedAt });

  look = (execution = EXECUTION) => lookAtRollout(this.ports)({ rollout, execution });

  promote = (execution = EXECUTION) => promoteVersion(this.ports)({ rollout, execution });

  fail = (Cause = 'out of memory', execution = EXECUTION) =>
    failRollout(this.ports)({ rollout, execution, fault: { Error: 'Runtime.Exit', Cause } });

  get ports() {
    const { evidence, registry, policies, rollouts, routes, blocks } = this;
    return {
      ...{ evidence, registry, policies, rollouts, routes, blocks },
      activations: new Activations(this.table.registry),
      counters: {
        traffic: { of: async (_: object, at: number) => this.traffic.get(at) ?? {} },
        outcomes: {
          of: async (_: object, __: string, at: number) => this.outcomes.get(at) ?? {},
        },
      },
    };
  }

  /** Each arm serves so many more units under the present route, and fails so many of them. */
  async serve(candidate: Served, stable: Served): Promise<void> {
    const { generation } = await this.route();
    const arms = { candidate: armOf(candidate), stable: armOf(stable) };
    const before = this.traffic.get(generation) ?? {};
    this.traffic.set(generation, addTraffic(before, { [CANDIDATE_TRIAL]: arms }));
  }

  /** Serves as the route says, in a share of `units`, without a failure. */
  async serveWell(units = 100_000): Promise<void> {
    const { candidate } = await this.route();
    const share = candidate?.mode === 'shadow' ? 1 : (candidate?.share ?? 0);
    const treated = Math.round(units * share);
    await this.serve([treated, 0], [candidate?.mode === 'shadow' ? units : units - treated, 0]);
  }

  pass(seconds: number): void {
    vi.setSystemTime(Date.now() + seconds * 1000);
  }

  setRoute(route: RouteDocument): void {
    this.table.put(routeKey(model), route);
  }

  async route(): Promise<RouteDocument> {
    const route = await this.#routes.of(model);
    if (!route) throw new Error('there is no route');
    return route;
  }

  async record(): Promise<RolloutRecord> {
    const record = await this.rollouts.get(model, rollout.id);
    if (!record) throw new Error('there is no rollout');
    return record;
  }

  async version(n: number): Promise<VersionRecord> {
    const found = await this.registry.version({ ...model, version: `${n}.0.0` });
    if (!found) throw new Error(`there is no version ${n}`);
    return found;
  }

  setVersion(n: number, state: Stage, changes: Partial<VersionRecord> = {}): void {
    const { version, digest } = targetNo(n);
    const subject = { ...model, version };
    const approval = `approval-${n}`;
    const policyHash = hashOf(this.policy);
    const admission = { key: 'admission.json', versionId: '1', sha256: digestNo(66) };
    this.table.put(
      versionKey(subject),
      versionRecord({
        ...{ ...subject, digest, state, approval, policyHash, admission, ordinal: n },
        ...changes,
      }),
    );
    this.table.put(digestKey('acme', digest), subject);
    this.setApproval(n, 'APPROVED');
  }

  /** What a check of the model wrote last. */
  setBlocked(blocked: boolean, since: string = BLOCK.since): void {
    const why = blocked && { blockedSince: since, blockedBy: BLOCK.by };
    this.table.put(monitoringKey(model), { ...model, blocked, ...why });
  }

  setApproval(n: number, status: string): void {
    const { version, digest } = targetNo(n);
    const policyHash = hashOf(this.policy);
    const id = `approval-${n}`;
    const approval = { id, ...model, version, digest, policyHash, status };
    this.table.put(approvalKey('acme', id), approval);
  }

  /** Types of the audit entries, oldest first. */
  audit(): string[] {
    return this.table.entries().map(({ type }) => String(type));
  }
}

/** Units served, and those of them that failed. */
type Served = readonly [units: number, failures: number];

const armOf = ([units, failures]: Served): ArmTraffic => ({
  ...NO_TRAFFIC,
  assigned: units,
  exposures: units,
  failures,
  kinds: failures > 0 ? { threw: failures } : {},
  latency: latencyOf(units - failures),
});

/** Three in a hundred take 8 ms, the others 5. */
function latencyOf(answers: number): ArmTraffic['latency'] {
  const slow = Math.floor(answers * 0.03);
  const counts = [[bucketOf(5), answers - slow] as const, [bucketOf(8), slow] as const];
  return counts.filter(([, count]) => count > 0);
}
