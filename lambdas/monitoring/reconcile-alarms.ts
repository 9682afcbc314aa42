import * as z from 'zod/mini';
import { Alarms } from '#aws/alarms.ts';
import { ModelMetrics } from '#aws/model-metrics.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { Policies } from '#aws/policies.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Routes } from '#aws/routes.ts';
import { ALARM_PREFIX, alarmName, alarmNames } from '#domain/monitoring/alarms/alarm-names.ts';
import { EVERY_MODEL } from '#domain/registry/keys.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import {
  type Changed,
  type Model,
  type ReconcilePorts,
  reconcileModel,
} from './reconcile-model.ts';

/** An event of Assay's bus about one model; anything else means all of them. */
const Input = z.object({ detail: z.optional(z.object({ subject: z.string() })) });

interface Ports extends ReconcilePorts {
  readonly registry: Pick<ModelRegistry, 'routes'>;
  readonly alarms: ReconcilePorts['alarms'] & Pick<Alarms, 'namesBelow'>;
}

interface Reconciled extends Changed {
  readonly models: number;
}

const PAGE = 25;
const SHOWN_FAULTS = 5;

/**
 * Makes the alarms of models what their policies and routes ask for, and writes nothing that is so
 * already. An event is only a hint which model to look at; the registry says what is true.
 */
export const reconcileAlarms =
  (ports: Ports) =>
  async ({ detail }: z.infer<typeof Input>): Promise<Reconciled> => {
    const model = detail && modelOf(detail.subject);
    if (!model) return sweep(ports);
    return { models: 1, ...(await reconcileModel(ports, model)) };
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

/**
 * Every model with a route, however many fault, and what belongs to none. Cut off by its time, it is
 * run again and goes on: CloudWatch takes three alarms a second, 2,700 in the function's 15 minutes.
 */
async function sweep(ports: Ports): Promise<Reconciled> {
  const seen = new Set<string>();
  const faults: string[] = [];
  let [written, deleted] = [0, 0];
  const reconcile = async (model: Model): Promise<void> => {
    seen.add(alarmName(model));
    try {
      const changed = await reconcileModel(ports, model);
      written += changed.written;
      deleted += changed.deleted;
    } catch (fault) {
      faults.push(
        `${model.tenant}/${model.model}: ${fault instanceof Error ? fault.message : fault}`,
      );
    }
  };
  for await (const model of routed(ports)) await reconcile(model);
  const models = seen.size;
  for await (const names of ports.alarms.namesBelow(ALARM_PREFIX)) {
    // Without a route, or with one that is too new for the index.
    const others = modelsOf(names).filter((model) => !seen.has(alarmName(model)));
    for (const model of others) await reconcile(model);
  }
  if (faults.length > 0) {
    const more = faults.length > SHOWN_FAULTS ? ` and ${faults.length - SHOWN_FAULTS} more` : '';
    throw new Error(
      `the alarms of ${faults.length} models are not as they should be: ${faults.slice(0, SHOWN_FAULTS).join('; ')}${more}`,
    );
  }
  return { models, written, deleted };
}

async function* routed({ registry }: Ports): AsyncGenerator<Model> {
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
