import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import type { ExperimentRecord } from '#domain/experiments/record.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import {
  carrying,
  EXECUTION,
  planned,
  quietRoute,
  running,
  scorePlan,
} from '../../domain/experiments/sample-record.ts';
import { MemoryExperiments } from '../../support/memory-experiments.ts';
import { openApproval } from '../access/fake-approvals.ts';
import { version } from '../api/world.ts';

const pointer = { key: 'admission.json', versionId: 'v1', sha256: 'aa'.repeat(32) };

/** Model churn of tenant acme with the versions of `scorePlan`, all of which may take part. */
export class World {
  readonly store = new MemoryExperiments();
  readonly versions = new Map<string, VersionRecord>();
  approval = { ...openApproval(), status: 'APPROVED' as const };
  readonly ports;

  constructor(plan: ExperimentPlan = scorePlan()) {
    const { tenant, model } = plan;
    for (const { target } of plan.treatments) {
      this.versions.set(
        target.version,
        version({ tenant, model, ...target, state: 'DEPRECATED', admission: pointer }),
      );
    }
    this.ports = {
      experiments: this.store,
      routes: this.store.routes,
      counters: this.store.counters,
      registry: {
        version: async ({ version: name }: { version: string }) => this.versions.get(name),
      },
      approvals: { get: async () => ({ ...this.approval, taskToken: 't' }) },
    };
  }

  /** With an experiment that was created and not begun. */
  static planned(plan = scorePlan()): World {
    const world = new World(plan);
    world.store.route = quietRoute(plan);
    world.store.records.set(plan.id, planned(plan));
    return world;
  }

  /** With one that the route has begun. */
  static running(plan = scorePlan(), changes: Partial<ExperimentRecord> = {}): World {
    const world = new World(plan);
    world.store.route = carrying(plan);
    world.store.records.set(plan.id, running(plan, changes));
    return world;
  }

  get record(): ExperimentRecord {
    const [record] = this.store.records.values();
    if (!record) throw new Error('no experiment');
    return record;
  }

  get what(): readonly string[] {
    return this.store.written.map(({ what }) => what);
  }
}

export const input = {
  experiment: { tenant: 'acme', model: 'churn', id: 'colour' },
  execution: EXECUTION,
};
