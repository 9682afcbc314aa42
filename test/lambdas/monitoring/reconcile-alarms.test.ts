import { beforeEach, describe, expect, it } from 'vitest';
import type { Existing } from '#aws/alarms.ts';
import { alarmNames } from '#domain/monitoring/alarms/alarm-names.ts';
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
  /** What it still shows of what was put or deleted since, as CloudWatch may for a moment. */
  #stale?: Existing;
  onPut: (name: string) => unknown = () => {};
  onDelete: () => unknown = () => {};

  async showsFromNowOn(names: readonly string[]) {
    this.#stale = await this.named(names);
  }

  async named(names: readonly string[]): Promise<Existing> {
    if (this.#stale) return this.#stale;
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
    await this.onPut(alarm.name);
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
    await this.onDelete();
    for (const name of composites) this.composites.delete(name);
    for (const name of metrics) {
      const parent = [...this.composites.values()].find((one) => childrenOf(one).includes(name));
      if (parent) throw new Error(`${parent.name} is made of it`);
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
    expect(alarms.done[0]).toBe('put assay/acme/churn/ModelHarm');
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

describe('an alarm that cannot be written', () => {
  it('keeps none of the others of its model from it, and is named', async () => {
    const { alarms, run } = world(quietRoute());
    alarms.onPut = (name) => {
      if (name.endsWith('/ModelErrorRateHigh')) throw new Error('not a number');
    };
    await expect(run(PROMOTED)).rejects.toThrow(
      '1 alarms are not as they should be: assay/acme/churn/ModelErrorRateHigh: not a number',
    );
    expect(alarms.metrics.size).toBe(6);
    expect(ruleOf(alarms)).toContain('ModelDriftDetected');
  });

  it('keeps none from going that the policy does not ask for any more', async () => {
    const { alarms, policies, run } = world(quietRoute());
    const asks = (cacheHitShareMin: number | null, errorRateMax: number, revision: number) =>
      policies.set(
        { tenant: 'acme', model: 'churn' },
        { revision, overlay: { monitoring: { cacheHitShareMin, errorRateMax } } } as never,
        {},
      );
    await asks(0.5, 0.01, 1);
    await run(PROMOTED);
    await asks(null, 0.02, 2);
    alarms.onPut = (name) => {
      if (name.endsWith('/ModelErrorRateHigh')) throw new Error('throttled');
    };
    await expect(run(PROMOTED)).rejects.toThrow(/^1 alarms .*ModelErrorRateHigh: throttled$/);
    expect(alarms.metrics.has('assay/acme/churn/ModelCacheHitRateLow')).toBe(false);
  });

  it('is named with one that cannot go', async () => {
    const { alarms, policies, run } = world(quietRoute());
    const asks = (cacheHitShareMin: number | null, revision: number) =>
      policies.set(
        { tenant: 'acme', model: 'churn' },
        { revision, overlay: { monitoring: { cacheHitShareMin } } } as never,
        {},
      );
    await asks(0.5, 1);
    await run(PROMOTED);
    await asks(null, 2);
    alarms.putComposite = async () => {
      throw new Error('throttled');
    };
    await expect(run(PROMOTED)).rejects.toThrow(
      '2 alarms are not as they should be: assay/acme/churn: throttled; assay/acme/churn/ModelCacheHitRateLow, which is to go: assay/acme/churn is made of it',
    );
    expect(alarms.metrics.has('assay/acme/churn/ModelCacheHitRateLow')).toBe(true);
  });

  it('is first one that neither rolls back nor pages, where CloudWatch takes no more', async () => {
    const { alarms, run } = world(quietRoute());
    alarms.onPut = () => {
      if (alarms.metrics.size === 5) throw new Error('limit exceeded');
    };
    await expect(run(PROMOTED)).rejects.toThrow(
      /^3 alarms are not as they should be: .*limit exceeded/,
    );
    expect([...alarms.metrics.values()].every((one) => one.alarmActions.length > 0)).toBe(true);
    alarms.onPut = () => {};
    expect(await run(PROMOTED)).toEqual({ models: 1, written: 3, deleted: 0 });
  });
});

describe('what is asked for while an alarm cannot be written', () => {
  const rate = 'assay/acme/churn/ModelErrorRateHigh';

  it('is written by the same run, though that faults in the end', async () => {
    const { alarms, policies, run } = world(quietRoute());
    alarms.onPut = async (name) => {
      if (name.endsWith('/ModelHarm')) throw new Error('throttled');
      if (name !== rate || alarms.metrics.has(rate)) return;
      await policies.set(
        { tenant: 'acme', model: 'churn' },
        { revision: 1, overlay: { monitoring: { errorRateMax: 0.01 } } } as never,
        {},
      );
    };
    await expect(run(PROMOTED)).rejects.toThrow(/^1 alarms .*ModelHarm: throttled$/);
    expect(alarms.metrics.get(rate)?.threshold).toBe(0.01);
  });

  it('makes the run a good one, where it is what was to be written', async () => {
    const { alarms, policies, run } = world(quietRoute());
    await run(PROMOTED);
    const asks = (errorRateMax: number, revision: number) =>
      policies.set(
        { tenant: 'acme', model: 'churn' },
        { revision, overlay: { monitoring: { errorRateMax } } } as never,
        {},
      );
    await asks(0.01, 1);
    alarms.onPut = async () => {
      alarms.onPut = () => {};
      await asks(0.03, 2);
      throw new Error('throttled');
    };
    expect(await run(PROMOTED)).toMatchObject({ written: 1 });
    expect(alarms.metrics.get(rate)?.threshold).toBe(0.03);
  });

  it('is nothing for a model that went: those that were written go', async () => {
    const { alarms, held, run } = world(quietRoute());
    alarms.onPut = (name) => {
      held.clear();
      if (name === rate) throw new Error('throttled');
    };
    expect(await run(PROMOTED)).toEqual({ models: 1, written: 7, deleted: 8 });
    expect([alarms.metrics.size, alarms.composites.size]).toEqual([0, 0]);
  });

  it('is made, where one could not be deleted of a model that is back', async () => {
    const { alarms, held, run } = world(quietRoute());
    await run(PROMOTED);
    held.clear();
    alarms.onDelete = () => {
      alarms.onDelete = () => {};
      held.set('acme/churn', quietRoute());
      throw new Error('throttled');
    };
    await run(PROMOTED);
    expect([alarms.metrics.size, alarms.composites.size]).toEqual([7, 1]);
  });
});

describe('a CloudWatch that does not show yet what was written a moment ago', () => {
  const asks = (policies: MemoryPolicies, monitoring: object, revision: number) =>
    policies.set(
      { tenant: 'acme', model: 'churn' },
      { revision, overlay: { monitoring } } as never,
      {},
    );
  const names = alarmNames({ tenant: 'acme', model: 'churn' });

  it('keeps no older threshold', async () => {
    const { alarms, policies, run } = world(quietRoute());
    await asks(policies, { errorRateMax: 0.01 }, 1);
    await run(PROMOTED);
    // As it stands, and as it is asked for in the end; in between it is another.
    await alarms.showsFromNowOn(names);
    await asks(policies, { errorRateMax: 0.03 }, 2);
    alarms.onPut = () => {
      alarms.onPut = () => {};
      return asks(policies, { errorRateMax: 0.01 }, 3);
    };
    await run(PROMOTED);
    expect(alarms.metrics.get('assay/acme/churn/ModelErrorRateHigh')?.threshold).toBe(0.01);
  });

  it('keeps no alarm that a policy asked for in between', async () => {
    const { alarms, policies, run } = world(quietRoute());
    await run(PROMOTED);
    await alarms.showsFromNowOn(names);
    await asks(policies, { cacheHitShareMin: 0.5 }, 1);
    alarms.onPut = () => {
      alarms.onPut = () => {};
      return asks(policies, { cacheHitShareMin: null }, 2);
    };
    expect(await run(PROMOTED)).toEqual({ models: 1, written: 3, deleted: 1 });
    expect(alarms.metrics.has('assay/acme/churn/ModelCacheHitRateLow')).toBe(false);
    expect(ruleOf(alarms)).toBe('ALARM("assay/acme/churn/ModelDriftDetected")');
  });

  it('keeps none from a model that came back while its own were deleted', async () => {
    const { alarms, held, run } = world(quietRoute());
    await run(PROMOTED);
    await alarms.showsFromNowOn(names);
    held.clear();
    alarms.onDelete = () => {
      alarms.onDelete = () => {};
      held.set('acme/churn', quietRoute());
    };
    alarms.done.length = 0;
    await run(PROMOTED);
    expect([alarms.metrics.size, alarms.composites.size]).toEqual([7, 1]);
    expect(alarms.done).toContain('{"CheckHeartbeat":1} of acme/churn');
  });

  it('keeps none of a model that went while they were made', async () => {
    const { alarms, held, run } = world(quietRoute());
    await alarms.showsFromNowOn(names);
    alarms.onPut = () => held.clear();
    await run(PROMOTED);
    expect([alarms.metrics.size, alarms.composites.size]).toEqual([0, 0]);
  });
});

describe('two runs at once', () => {
  it('leave what the policy asks for in the end, though the older one writes last', async () => {
    const { alarms, policies, run } = world(quietRoute());
    const threshold = () => alarms.metrics.get('assay/acme/churn/ModelErrorRateHigh')?.threshold;
    const changes = (errorRateMax: number, revision: number) =>
      policies.set(
        { tenant: 'acme', model: 'churn' },
        { revision, overlay: { monitoring: { errorRateMax } } } as never,
        {},
      );
    alarms.onPut = async () => {
      alarms.onPut = () => {};
      await changes(0.01, 1);
      await run(PROMOTED);
      expect(threshold()).toBe(0.01);
    };
    await run(PROMOTED);
    expect(threshold()).toBe(0.01);
    expect(await run(PROMOTED)).toMatchObject({ written: 0 });
  });

  it('leave its alarms to a model that came back while they were deleted', async () => {
    const { alarms, held, run } = world(quietRoute());
    await run(PROMOTED);
    held.clear();
    alarms.onDelete = async () => {
      alarms.onDelete = () => {};
      held.set('acme/churn', quietRoute());
      await run(PROMOTED);
    };
    await run(PROMOTED);
    expect([alarms.metrics.size, alarms.composites.size]).toEqual([7, 1]);
  });

  it('give up, to be run again, on what changes each time that it is written', async () => {
    const { alarms, policies, run } = world(quietRoute());
    let revision = 0;
    alarms.onPut = async () => {
      revision++;
      await policies.set(
        { tenant: 'acme', model: 'churn' },
        { revision, overlay: { monitoring: { errorRateMax: 0.1 / (revision + 1) } } } as never,
        {},
      );
    };
    await expect(run(PROMOTED)).rejects.toThrow(/acme\/churn .*changed 5 times.*run it again/);
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

  it('does the others where one cannot be deleted, and names it', async () => {
    const { alarms, held, run } = world(...models);
    await run();
    held.delete('acme/c');
    held.delete('acme/d');
    held.set('acme/z', quietRoute({ model: 'z' }));
    const deleting = alarms.delete.bind(alarms);
    alarms.delete = async (composites, metrics) => {
      if (composites.includes('assay/acme/c')) throw new Error('throttled');
      await deleting(composites, metrics);
    };
    await expect(run()).rejects.toThrow(
      /^the alarms of 1 models are not as they should be: acme\/c: 8 alarms .*\/c, which is to go: throttled/,
    );
    expect(alarms.composites.has('assay/acme/d')).toBe(false);
    expect(alarms.composites.has('assay/acme/z')).toBe(true);
  });

  it('does the others where one cannot be done, and names it', async () => {
    const { alarms, run } = world(...models);
    alarms.onPut = (name) => {
      if (name.startsWith('assay/acme/b/')) throw new Error('limit exceeded');
    };
    await expect(run()).rejects.toThrow(
      /^the alarms of 1 models are not as they should be: acme\/b: 8 alarms .*limit exceeded/,
    );
    expect(alarms.composites.size).toBe(6);
  });
});

it('an event about nothing that could be a model is a fault', async () => {
  await expect(world().run('nobody')).rejects.toThrow('expected tenant/model/version');
});
