import type { Experiments, Routed } from '#aws/experiments.ts';
import type { Written } from '#aws/registry-table.ts';
import type { Routes } from '#aws/routes.ts';
import type { Act } from '#aws/version-changes.ts';
import type { ExperimentRecord } from '#domain/experiments/record.ts';
import type { Counted } from '#domain/rollout/record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';

type Model = Parameters<Experiments['get']>[0];

/** One model's route, its experiments and their counters, in memory: revisions and generations decide. */
export class MemoryExperiments implements Pick<Experiments, keyof Experiments> {
  readonly records = new Map<string, ExperimentRecord>();
  route: RouteDocument | undefined;
  /** By generation of the route. */
  readonly counts = new Map<number, Counted>();
  /** What was written, in order, and by whom. */
  readonly written: { readonly what: string; readonly actor: string }[] = [];
  /** Conditions that do not hold at the next write. */
  readonly failing: string[] = [];
  /** Runs before the next write: somebody else's comes first. */
  before: (() => void) | undefined;

  readonly routes: Pick<Routes, 'of' | 'renewExperiment'> = {
    of: async () => this.route,
    renewExperiment: async (seen, index, leaseUntil) => {
      const { route } = this;
      const one = route?.experiments[index];
      if (!route || !one || route.generation !== seen.generation) return false;
      const experiments = route.experiments.with(index, { ...one, leaseUntil });
      this.route = { ...route, experiments };
      return true;
    },
  };

  readonly counters = {
    traffic: {
      of: async (_: Model, generation: number) => this.counts.get(generation)?.traffic ?? {},
    },
    outcomes: {
      of: async (_: Model, _trial: string, generation: number) =>
        this.counts.get(generation)?.outcomes ?? {},
    },
  };

  async get({ tenant, model }: Model, id: string): Promise<ExperimentRecord | undefined> {
    const record = this.records.get(id);
    return record?.tenant === tenant && record.model === model ? record : undefined;
  }

  async list({ tenant, model }: Model): Promise<ExperimentRecord[]> {
    return [...this.records.values()].filter(
      (record) => record.tenant === tenant && record.model === model,
    );
  }

  async create(record: ExperimentRecord, act: Act): Promise<Written> {
    if (this.records.has(record.id)) return { ok: false, failed: ['experiment'] };
    this.records.set(record.id, record);
    this.written.push({ what: 'created', actor: act.actor });
    return { ok: true };
  }

  begin: Experiments['begin'] = async (record, next, routed, act) =>
    this.#write('begun', record, next, routed, act);
  look: Experiments['look'] = async (record, next, act) =>
    this.#write('looked', record, next, undefined, act);
  weigh: Experiments['weigh'] = async (record, next, routed, act) =>
    this.#write('weighed', record, next, routed, act);
  continue: Experiments['continue'] = async (record, next, act) =>
    this.#write('continued', record, next, undefined, act);
  stop: Experiments['stop'] = async (record, next, act) =>
    this.#write('stopping', record, next, undefined, act);
  conclude: Experiments['conclude'] = async (record, next, routed, act) =>
    this.#write('concluded', record, next, routed, act);

  #write(
    what: string,
    record: ExperimentRecord,
    next: ExperimentRecord,
    routed: Routed | undefined,
    { actor }: Act,
  ): Written {
    const { before } = this;
    this.before = undefined;
    before?.();
    const moved =
      routed !== undefined &&
      (routed.seen.generation !== this.route?.generation ||
        routed.seen.killEpoch !== this.route.killEpoch);
    const failed = [
      ...this.failing.splice(0),
      ...(this.records.get(record.id)?.rev === record.rev ? [] : ['experiment']),
      ...(moved ? ['route'] : []),
    ];
    if (failed.length > 0) return { ok: false, failed };
    this.records.set(next.id, { ...next, rev: record.rev + 1 });
    if (routed) this.route = routed.route;
    this.written.push({ what, actor });
    return { ok: true };
  }
}
