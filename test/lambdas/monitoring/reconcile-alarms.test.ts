import { beforeEach, describe, expect, it } from 'vitest';
import type { Existing } from '#aws/alarms.ts';
import type { CompositeAlarm, MetricAlarm } from '#domain/monitoring/alarms/model-alarms.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { reconcileAlarms } from '../../../lambdas/monitoring/reconcile-alarms.ts';
import { MemoryPolicies } from '../../support/memory-policies.ts';
import { canaryRoute, quietRoute } from '../rollout/rollback-world.ts';

/** CloudWatch, as far as alarms need each other there; what was done to it, in order. */
class MemoryAlarms {
  readonly metrics = new Map<string, MetricAlarm>();
  readonly composites = new Map<string, CompositeAlarm>();
  readonly done: string[] = [];
  onPut: (name: string) => void = () => {};

  async named(names: readonly string[]): Promise<Existing> {
    const among = <T>(of: ReadonlyMap<string, T>, shown: (one: T) => object) =>
      new Map([...of].filter(([name]) => names.includes(name)).map(([n, one]) => [n, shown(one)]));
    return {
      metrics: among(this.metrics, asMetric),
      composites: among(this.composites, asComposite),
    };
  }

  async *namesBelow(prefix: string) {
    const all = [...this.metrics.keys(), ...this.composites.keys()].sort();
    const names = all.filter((name) => name.startsWith(prefix));
    for (let at = 0; at < names.length; at += 5) yield names.slice(at, at + 5);
  }

  async putMetric(alarm: MetricAlarm) {
    this.onPut(alarm.name);
    this.metrics.set(alarm.name, alarm);
    this.done.push(`put ${alarm.name}`);
  }

  async putComposite(alarm: CompositeAlarm) {
    for (const child of childrenOf(alarm)) {
      if (!this.metrics.has(child)) throw new Error(`${child} does not exist`);
    }
    this.composites.set(alarm.name, alarm);
    this.done.push(`put ${alarm.name}`);
  }

  async delete(composites: readonly string[], metrics: readonly string[]) {
    for (const name of composites) this.composites.delete(name);
    for (const name of metrics) {
      const parent = [...this.composites.values()].find((one) => childrenOf(one).includes(name));
      if (parent) throw new Error(`${parent.name} is made of ${name}`);
      this.metrics.delete(name);
    }
    this.done.push(...[...composites, ...metrics].map((name) => `delete ${name}`));
  }
}

const childrenOf = ({ rule }: CompositeAlarm): string[] =>
  [...rule.matchAll(/ALARM\("([^"]+)"\)/g)].map(([, name = '']) => name);

const acts = ({ alarmActions, okActions }: MetricAlarm | CompositeAlarm) => ({
  ActionsEnabled: true,
  AlarmActions: [...alarmActions],
  OKActions: [...okActions],
});
const asMetric = (alarm: MetricAlarm) => ({
  ...{ AlarmName: alarm.name, AlarmDescription: alarm.description, Namespace: 'Assay' },
  ...{ MetricName: alarm.metric, Statistic: alarm.statistic, Period: alarm.periodSeconds },
  EvaluationPeriods: alarm.evaluationPeriods,
  DatapointsToAlarm: alarm.datapointsToAlarm,
  ...{ Threshold: alarm.threshold, ComparisonOperator: alarm.comparison },
  TreatMissingData: alarm.missing,
  Dimensions: Object.entries(alarm.dimensions).map(([Name, Value]) => ({ Name, Value })),
  ...acts(alarm),
});
const asComposite = (alarm: CompositeAlarm) => ({
  ...{ AlarmName: alarm.name, AlarmDescription: alarm.description, AlarmRule: alarm.rule },
  ...acts(alarm),
});

let now = 0;
beforeEach(() => {
  now = Date.now();
});

function world(...routes: RouteDocument[]) {
  const alarms = new MemoryAlarms();
  const policies = new MemoryPolicies();
  const held = new Map(routes.map((route) => [`${route.tenant}/${route.model}`, route]));
  const run = (subject?: string) =>
    reconcileAlarms({
      routes: { of: async ({ tenant, model }) => held.get(`${tenant}/${model}`) },
      registry: {
        // Three to a page.
        routes: async (_, start) => {
          const all = [...held.values()];
          const from = Number(start?.at ?? 0);
          const next = from + 3 < all.length ? { next: { at: from + 3 } } : {};
          return { items: all.slice(from, from + 3) as never, ...next };
        },
      },
      policies,
      alarms,
      metrics: {
        ofModel: async ({ tenant, model }, values) => {
          alarms.done.push(`${JSON.stringify(values)} of ${tenant}/${model}`);
        },
      },
      topics: { page: 'arn:page', rollback: 'arn:rollback' },
      tickMinutes: 60,
      clock: () => now,
    })(subject === undefined ? {} : { detail: { subject } });
  return { alarms, policies, held, run };
}

const PROMOTED = 'acme/churn/1.0.0';
const ruleOf = (alarms: MemoryAlarms, model = 'churn') =>
  alarms.composites.get(`assay/acme/${model}`)?.rule;

describe('a model that comes to production', () => {
  it('gets its alarms, of which the heartbeat begins with a beat', async () => {
    const { alarms, run } = world(quietRoute());
    expect(await run(PROMOTED)).toEqual({ models: 1, written: 8, deleted: 0 });
    expect(alarms.done[0]).toBe('put assay/acme/churn/ModelAccuracyDrop');
    const beat = alarms.done.indexOf('{"CheckHeartbeat":1} of acme/churn');
    expect(alarms.done[beat + 1]).toBe('put assay/acme/churn/ModelCheckMissing');
    expect(alarms.done.at(-1)).toBe('put assay/acme/churn');
  });

  it('has nothing written twice, however often events come', async () => {
    const { alarms, run } = world(quietRoute());
    await run(PROMOTED);
    alarms.done.length = 0;
    expect(await run(PROMOTED)).toEqual({ models: 1, written: 0, deleted: 0 });
    expect(alarms.done).toEqual([]);
  });

  it('has back what somebody altered, and no more', async () => {
    const { alarms, run } = world(quietRoute());
    await run(PROMOTED);
    alarms.done.length = 0;
    const name = 'assay/acme/churn/ModelLatencyHigh';
    const mine = alarms.metrics.get(name) as MetricAlarm;
    alarms.metrics.set(name, { ...mine, threshold: 1e9 });
    await run(PROMOTED);
    expect(alarms.done).toEqual([`put ${name}`]);
  });
});

describe('alarms follow', () => {
  it('a policy that begins to ask for cache hits, and ends to', async () => {
    const { alarms, policies, run } = world(quietRoute());
    const asks = (cacheHitShareMin: number | null, revision: number) =>
      policies.set(
        { tenant: 'acme', model: 'churn' },
        {
          revision,
          overlay: { monitoring: { cacheHitShareMin } },
        } as never,
        {},
      );
    await run(PROMOTED);
    await asks(0.5, 1);
    expect(await run('acme/churn')).toEqual({ models: 1, written: 2, deleted: 0 });
    expect(ruleOf(alarms)).toContain('ModelCacheHitRateLow');
    await asks(null, 2);
    expect(await run('acme/churn')).toEqual({ models: 1, written: 1, deleted: 1 });
    expect(alarms.metrics.has('assay/acme/churn/ModelCacheHitRateLow')).toBe(false);
  });

  it('a trial: drift does not page while there is one, whatever the event says', async () => {
    const { alarms, held, run } = world(canaryRoute());
    await run('acme/churn/2.0.0');
    expect(ruleOf(alarms)).toBe('FALSE');
    held.set('acme/churn', quietRoute({ generation: 9 }));
    expect(await run('acme/churn/2.0.0')).toEqual({ models: 1, written: 1, deleted: 0 });
    expect(ruleOf(alarms)).toBe('ALARM("assay/acme/churn/ModelDriftDetected")');
  });

  it('the end of a trial that broke off, which leaves its candidate behind', async () => {
    const { alarms, run } = world(canaryRoute());
    now += 24 * 3_600_000;
    await run('acme/churn/2.0.0');
    expect(ruleOf(alarms)).toBe('ALARM("assay/acme/churn/ModelDriftDetected")');
  });

  it('the route as it is in the end, when it changes while they are written', async () => {
    const { alarms, held, run } = world(canaryRoute());
    alarms.onPut = () => held.set('acme/churn', quietRoute({ generation: 9 }));
    await run('acme/churn/2.0.0');
    expect(ruleOf(alarms)).toBe('ALARM("assay/acme/churn/ModelDriftDetected")');
  });

  it('a model that is gone: they go too', async () => {
    const { alarms, held, run } = world(quietRoute());
    await run(PROMOTED);
    held.clear();
    expect(await run(PROMOTED)).toEqual({ models: 1, written: 0, deleted: 8 });
    expect([...alarms.metrics.keys(), ...alarms.composites.keys()]).toEqual([]);
  });
});

describe('the daily run', () => {
  const models = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((model) => quietRoute({ model }));

  it('makes the alarms of all models, as a change of a tenant’s policy does', async () => {
    const { alarms, run } = world(...models);
    expect(await run()).toEqual({ models: 7, written: 56, deleted: 0 });
    expect(await run('acme/*')).toEqual({ models: 7, written: 0, deleted: 0 });
    expect(alarms.composites.size).toBe(7);
  });

  it('deletes those of models without a route, and none that is not of ours', async () => {
    const { alarms, held, run } = world(...models);
    await run();
    const mine = 'assay/acme/c/MyOwn';
    alarms.metrics.set(mine, {
      ...(alarms.metrics.values().next().value as MetricAlarm),
      name: mine,
    });
    held.delete('acme/c');
    expect(await run()).toEqual({ models: 6, written: 0, deleted: 8 });
    expect([...alarms.metrics.keys()].filter((name) => name.startsWith('assay/acme/c/'))).toEqual([
      mine,
    ]);
  });

  it('does the others where one cannot be done, and names it', async () => {
    const { alarms, run } = world(...models);
    alarms.onPut = (name) => {
      if (name.startsWith('assay/acme/b/')) throw new Error('limit exceeded');
    };
    await expect(run()).rejects.toThrow(
      'the alarms of 1 models are not as they should be: acme/b: limit exceeded',
    );
    expect(alarms.composites.size).toBe(6);
  });
});

it('an event about nothing that could be a model is a fault', async () => {
  await expect(world().run('nobody')).rejects.toThrow('expected tenant/model/version');
});
