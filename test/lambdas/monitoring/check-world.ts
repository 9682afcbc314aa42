import type { DriftReports } from '#aws/drift-reports.ts';
import { MonitoringStates } from '#aws/monitoring.ts';
import {
  DEFAULT_MONITORING_POLICY,
  type MonitoringPolicy,
} from '#domain/gates/monitoring-policy.ts';
import { hourOf, NOTHING_SEEN, type Seen } from '#domain/monitoring/capture/seen.ts';
import type { CheckMessage } from '#domain/monitoring/check/check-message.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { headlineOf } from '#domain/monitoring/report/headline.ts';
import type { TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { monitoringKey } from '#domain/registry/keys.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import type { CheckPorts } from '../../../lambdas/monitoring/check-one-model.ts';
import { checkOneModel } from '../../../lambdas/monitoring/check-one-model.ts';
import { profile } from '../../domain/monitoring/watched-world.ts';
import { sampleRoute } from '../../domain/serving/routing/sample-route.ts';
import { ConditionalTable } from '../../support/conditional-table.ts';
import { digestB, versionRecord } from '../../support/sample-release.ts';

export const HOUR = 3_600_000;
export const NOON = Date.UTC(2026, 2, 2, 12);

type Model = { readonly tenant: string; readonly model: string };
const nameOf = ({ tenant, model }: Model): string => `${tenant}/${model}`;

/** Models in production, what was seen of them, and what came of checks. */
export class CheckWorld {
  readonly table = new ConditionalTable();
  readonly versions = new Map<string, VersionRecord>();
  readonly reports = new Map<string, DriftReport[]>();
  readonly published: { readonly model: string; readonly values: Record<string, number> }[] = [];
  readonly requested: RollbackRequest[] = [];
  /** By hour since 1970. */
  readonly raw = new Map<number, Seen>();
  readonly rolled = new Map<number, Seen>();
  truths: ReadonlyMap<number, TruthSums> = new Map();
  overlay: Partial<MonitoringPolicy> = {};
  now = NOON;
  /** What breaks, by the name of the step. */
  readonly broken = new Set<string>();
  generation = 7;
  readonly states: MonitoringStates;

  constructor() {
    this.states = new MonitoringStates(this.table.registry);
  }

  add(model: string, version = '1.0.0', digest?: Digest): VersionRecord {
    const record = versionRecord({
      tenant: 'acme',
      model,
      version,
      state: 'PRODUCTION',
      digest: digest ?? sha256Hex(Buffer.from(`${model} ${version}`)),
    });
    this.versions.set(nameOf(record), record);
    return record;
  }

  stateOf(model = 'churn'): Monitoring | undefined {
    return this.table.get(monitoringKey({ tenant: 'acme', model })) as Monitoring | undefined;
  }

  check(message: Partial<CheckMessage> = {}) {
    return checkOneModel(this.ports)(this.message(message));
  }

  /** Checks each hour, from the hour that begins now. */
  async checkHourly(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.now += HOUR;
      await this.check();
    }
  }

  /** Every request fails from an hour on. */
  harm(from: number): void {
    for (let hour = hourOf(from); hour < hourOf(from) + 24; hour++) {
      this.raw.set(hour, served(1000, 0.9));
    }
  }

  /** Entries of one transaction have one time; their names grow in the order that they were made in. */
  types() {
    return this.table
      .entries()
      .sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
      .map(({ type }) => type);
  }

  message(fields: Partial<CheckMessage> = {}): CheckMessage {
    const at = new Date(this.now).toISOString();
    return { tenant: 'acme', model: 'churn', kinds: ['health'], at, ...fields };
  }

  get ports(): CheckPorts {
    return {
      routes: { of: async (model) => this.#routeOf(model) },
      registry: { version: async (subject) => this.versions.get(nameOf(subject)) },
      policies: {
        layersOf: async () => ({
          tenant: { revision: 0 },
          model: { revision: 1, overlay: { monitoring: this.overlay } },
        }),
      },
      states: {
        get: (model) => this.states.get(model),
        record: async (...args) => {
          this.#break('record');
          return this.states.record(...args);
        },
      },
      reference: async () => {
        this.#break('reference');
        return { profile: profile(), sha256: digestB };
      },
      results: { get: async () => undefined },
      evidence: { readJson: async () => undefined },
      counters: {
        raw: async ({ model }, _, hour) => {
          this.#break(`window of ${model}`);
          const seen = this.raw.get(hour);
          return seen ? [seen] : [];
        },
        rolled: async (_, __, from, to) =>
          new Map([...this.rolled].filter(([hour]) => hour >= from && hour < to)),
        roll: async (_, __, hour, seen) => {
          this.rolled.set(hour, seen);
          return true;
        },
      },
      archive: { put: async () => undefined },
      truths: { of: async () => this.truths },
      reports: this.#reports(),
      metrics: {
        ofModel: async ({ model }, values) => {
          this.#break('metrics');
          if (Object.keys(values).length > 0) this.published.push({ model, values });
        },
      },
      machine: {
        request: async (request) => {
          this.#break('rollback');
          this.requested.push(request);
          return 'started';
        },
      },
      clock: () => this.now,
      tickMinutes: 60,
    };
  }

  #routeOf({ tenant, model }: Model) {
    const version = this.versions.get(nameOf({ tenant, model }));
    if (!version) return undefined;
    const { generation } = this;
    const stable = { version: version.version, digest: version.digest, since: 1 };
    return { ...sampleRoute({ tenant, model, stable }), generation };
  }

  #reports(): Pick<DriftReports, 'save' | 'get'> {
    const pointer = (report: DriftReport) => ({
      key: `drift-reports/${nameOf(report)}/${report.at}-${report.id}.json`,
      versionId: '1',
      sha256: sha256Hex(canonicalBytes(report)),
    });
    return {
      save: async (report) => {
        this.#break('save');
        const kept = this.reports.get(report.model) ?? [];
        const all = kept.some(({ id }) => id === report.id) ? kept : [...kept, report];
        this.reports.set(report.model, all);
        return { json: pointer(report), html: pointer(report) };
      },
      get: async ({ model }, id) => {
        const report = this.reports.get(model)?.find((one) => one.id === id);
        if (!report) return undefined;
        const json = pointer(report);
        return { report, key: json.key, kept: { ...headlineOf(report), json, html: json } };
      },
    };
  }

  #break(step: string): void {
    if (this.broken.has(step)) throw new Error(`${step} is broken`);
  }
}

/** One model, `churn`, of the same traffic in every hour of the week before noon and of two days after. */
export function busyWorld(): CheckWorld {
  const world = new CheckWorld();
  world.add('churn');
  world.overlay = OFTEN;
  for (let hour = hourOf(NOON) - 200; hour < hourOf(NOON) + 48; hour++) {
    world.raw.set(hour, served(1000));
  }
  return world;
}

/** An hour's requests, a share of which failed. */
export const served = (requests: number, failing = 0): Seen => ({
  ...NOTHING_SEEN,
  requests,
  rows: requests,
  failures: { threw: Math.round(requests * failing) },
  latency: [[50, requests]],
});

export const OFTEN: Partial<MonitoringPolicy> = {
  ...DEFAULT_MONITORING_POLICY,
  ...{ driftHours: 0.1, performanceHours: 0.1, healthMinutes: 6 },
};
