import * as z from 'zod/mini';
import { Alarms, compositeDiffers, metricDiffers } from '#aws/alarms.ts';
import { ModelMetrics } from '#aws/model-metrics.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { Policies } from '#aws/policies.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Routes } from '#aws/routes.ts';
import { DEFAULT_POLICY, resolvePolicy } from '#domain/gates/policy.ts';
import { ALARM_PREFIX, alarmName, alarmNames } from '#domain/monitoring/alarms/alarm-names.ts';
import {
  type AlarmTopics,
  type ModelAlarms,
  modelAlarms,
} from '#domain/monitoring/alarms/model-alarms.ts';
import { EVERY_MODEL } from '#domain/registry/keys.ts';
import { ModelName, type Subject, Tenant } from '#domain/registry/subject.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';

/** An event of Assay's bus about one model; anything else means all of them. */
const Input = z.object({ detail: z.optional(z.object({ subject: z.string() })) });

type Model = Pick<Subject, 'tenant' | 'model'>;

interface ReconcilePorts {
  readonly routes: Pick<Routes, 'of'>;
  readonly registry: Pick<ModelRegistry, 'routes'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly alarms: Pick<Alarms, 'named' | 'namesBelow' | 'putMetric' | 'putComposite' | 'delete'>;
  readonly metrics: Pick<ModelMetrics, 'ofModel'>;
  readonly topics: AlarmTopics;
  readonly tickMinutes: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

interface Changed {
  readonly written: number;
  readonly deleted: number;
}
interface Reconciled extends Changed {
  readonly models: number;
}

const PAGE = 25;
/** A route that changes while its alarms are written has them written anew, so often at most. */
const TURNS = 5;
const SHOWN_FAULTS = 5;

/**
 * Makes the alarms of models what their policies and routes ask for, and writes nothing that is so
 * already. An event is only a hint which model to look at; the registry says what is true.
 */
export const reconcileAlarms =
  (ports: ReconcilePorts) =>
  async ({ detail }: z.infer<typeof Input>): Promise<Reconciled> => {
    const model = detail && modelOf(detail.subject);
    if (!model) return sweep(ports);
    return { models: 1, ...(await reconcile(ports, model)) };
  };

/** Undefined for what is about all models of a tenant. */
function modelOf(subject: string): Model | undefined {
  const [tenant, model] = subject.split('/');
  if (model === EVERY_MODEL) return undefined;
  const [one, other] = [Tenant.safeParse(tenant), ModelName.safeParse(model)];
  if (one.success && other.success) return { tenant: one.data, model: other.data };
  throw new Error(
    `the subject of an event is ${JSON.stringify(subject)}, expected tenant/model/version; correct the rule that sent it`,
  );
}

/** Every model with a route, however many fault; and what belongs to none. */
async function sweep(ports: ReconcilePorts): Promise<Reconciled> {
  const served = new Set<string>();
  const faults: string[] = [];
  let [written, deleted] = [0, 0];
  for await (const model of routed(ports)) {
    served.add(alarmName(model));
    try {
      const changed = await reconcile(ports, model);
      written += changed.written;
      deleted += changed.deleted;
    } catch (fault) {
      faults.push(
        `${model.tenant}/${model.model}: ${fault instanceof Error ? fault.message : fault}`,
      );
    }
  }
  const models = served.size;
  for await (const names of ports.alarms.namesBelow(ALARM_PREFIX)) {
    for (const model of modelsOf(names)) {
      // The index tells of a new route late.
      if (served.has(alarmName(model)) || (await ports.routes.of(model))) continue;
      served.add(alarmName(model));
      deleted += await remove(ports, model);
    }
  }
  if (faults.length > 0) {
    const more = faults.length > SHOWN_FAULTS ? ` and ${faults.length - SHOWN_FAULTS} more` : '';
    throw new Error(
      `the alarms of ${faults.length} models are not as they should be: ${faults.slice(0, SHOWN_FAULTS).join('; ')}${more}`,
    );
  }
  return { models, written, deleted };
}

async function* routed({ registry }: ReconcilePorts): AsyncGenerator<Model> {
  let next: Awaited<ReturnType<ModelRegistry['routes']>>['next'];
  do {
    const page = await registry.routes(PAGE, next);
    for (const { tenant, model } of page.items) yield { tenant, model };
    next = page.next;
  } while (next);
}

/** Whose they are, of those that are named as ours are: operators may have others of that prefix. */
function modelsOf(names: readonly string[]): Model[] {
  const models = names.flatMap((name) => {
    const [, tenant = '', model = ''] = name.split('/');
    return alarmNames({ tenant, model }).includes(name) ? [{ tenant, model }] : [];
  });
  return [...new Map(models.map((model) => [alarmName(model), model])).values()];
}

async function reconcile(ports: ReconcilePorts, model: Model): Promise<Changed> {
  let [written, deleted] = [0, 0];
  for (let turn = 0; turn < TURNS; turn++) {
    const route = await ports.routes.of(model);
    if (!route) return { written, deleted: deleted + (await remove(ports, model)) };
    const { tenant, model: own } = await ports.policies.layersOf(model);
    const { monitoring, rollout } = resolvePolicy(DEFAULT_POLICY, tenant, own);
    const { topics, tickMinutes, clock } = ports;
    // A trial that broke off leaves its candidate in the route; it serves nobody after its lease.
    const onTrial = route.candidate !== undefined && route.candidate.leaseUntil > clock();
    const asked = modelAlarms(model, { monitoring, rollout, tickMinutes, onTrial }, topics);
    const changed = await make(ports, model, asked);
    written += changed.written;
    deleted += changed.deleted;
    // Another event may have written by a newer route before this one did by an older.
    if ((await ports.routes.of(model))?.generation === route.generation) break;
  }
  return { written, deleted };
}

/** Children before the composite that names them, which lets go of others before they go. */
async function make(
  { alarms, metrics: counted }: ReconcilePorts,
  model: Model,
  { metrics, composite }: ModelAlarms,
): Promise<Changed> {
  const existing = await alarms.named(alarmNames(model));
  const others = metrics.filter((alarm) => metricDiffers(alarm, existing.metrics.get(alarm.name)));
  for (const alarm of others) {
    const isNew = !existing.metrics.has(alarm.name);
    // Silence is counted from now on: the first check comes later than the alarm.
    if (isNew && alarm.missing === 'breaching') await counted.ofModel(model, { [alarm.metric]: 1 });
    await alarms.putMetric(alarm);
  }
  const differs = compositeDiffers(composite, existing.composites.get(composite.name));
  if (differs) await alarms.putComposite(composite);
  const stale = [...existing.metrics.keys()].filter(
    (name) => !metrics.some((alarm) => alarm.name === name),
  );
  await alarms.delete([], stale);
  return { written: others.length + (differs ? 1 : 0), deleted: stale.length };
}

async function remove({ alarms }: ReconcilePorts, model: Model): Promise<number> {
  const { metrics, composites } = await alarms.named(alarmNames(model));
  await alarms.delete([...composites.keys()], [...metrics.keys()]);
  return metrics.size + composites.size;
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return reconcileAlarms({
    routes: new Routes(table),
    registry: new ModelRegistry(table),
    policies: new Policies(table),
    alarms: new Alarms(),
    metrics: new ModelMetrics(),
    topics: { page: env('PAGE_TOPIC_ARN'), rollback: env('ROLLBACK_TOPIC_ARN') },
    tickMinutes: Number(env('TICK_MINUTES')),
    clock: Date.now,
  });
});
