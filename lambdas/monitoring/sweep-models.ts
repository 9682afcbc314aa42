import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod/mini';
import { BATCH, CheckQueue } from '#aws/check-queue.ts';
import { InvocationCounters } from '#aws/invocation-counters.ts';
import { ModelMetrics } from '#aws/model-metrics.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { MonitoringStates } from '#aws/monitoring.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { Item } from '#aws/writes.ts';
import { isDrifting } from '#domain/monitoring/alarms/model-metrics.ts';
import { hourOf } from '#domain/monitoring/capture/seen.ts';
import { CheckKinds, type CheckMessage } from '#domain/monitoring/check/check-message.ts';
import type { Route } from '#domain/registry/version-record.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { count } from '../metrics.ts';

const Input = z.strictObject({
  /** When the sweep was due: the same for all of its repetitions. */
  at: z.iso.datetime(),
  kinds: CheckKinds,
});

interface Ports {
  readonly registry: Pick<ModelRegistry, 'routes'>;
  readonly queue: Pick<CheckQueue, 'send'>;
  readonly states: Pick<MonitoringStates, 'many'>;
  readonly metrics: Pick<ModelMetrics, 'ofFleet' | 'invocations'>;
  readonly invocations: Pick<InvocationCounters, 'of'>;
  /** Name of the function whose requests are counted. */
  readonly infer: string;
  readonly count: typeof count;
  readonly log: Pick<Logger, 'error'>;
}

interface Swept {
  readonly models: number;
  readonly drifting: number;
}

/** Routes read at once: their states are one batch, their messages five. */
const PAGE = 50;
/** A batch that SQS takes in part is sent again so often. */
const ATTEMPTS = 3;
const SHOWN = 20;
/** Of fewer models, one that drifts is no more than that. */
const FLEET_MIN = 10;

/**
 * Has every model in production checked: one message each, so that none can keep another from its
 * check. It holds one page of them at a time. A repetition sends the same messages, which checks
 * take once. What cannot be told of the fleet is counted and logged: to sweep again would send every
 * message again for it.
 * @throws Error naming models whose message was not taken, when all others are sent.
 */
export const sweepModels =
  (ports: Ports) =>
  async ({ at, kinds }: z.infer<typeof Input>): Promise<Swept> => {
    let [models, drifting, refused] = [0, 0, 0];
    const shown: string[] = [];
    const faults: Fault[] = [];
    let start: Item | undefined;
    do {
      const { items, next } = await ports.registry.routes(PAGE, start);
      start = next;
      models += items.length;
      for (let from = 0; from < items.length; from += BATCH) {
        const batch = items.slice(from, from + BATCH).map((route) => message(route, at, kinds));
        const left = await sent(ports.queue, batch);
        refused += left.length;
        shown.push(...left.slice(0, SHOWN - shown.length).map(nameOf));
      }
      const states = await tried('which models drift', faults, () =>
        ports.states.many(items.map(({ tenant, model }) => ({ tenant, model }))),
      );
      drifting += states?.filter(isDrifting).length ?? Number.NaN;
    } while (start);
    if (kinds.includes('health')) await tellOfFleet(ports, { models, drifting }, at, faults);
    for (const { what, fault } of faults) {
      ports.log.error('sweep-faulted', { at, notTold: what, fault });
    }
    if (faults.length > 0) ports.count({ Fleet: 'All' }, { SweepFaults: faults.length });
    if (refused === 0) return { models, drifting };
    throw new Error(
      `${refused} of ${models} models will not be checked, since the queue did not take them: ${shown.join(', ')}; sweep again`,
    );
  };

interface Fault {
  readonly what: string;
  readonly fault: unknown;
}

/** Undefined where it faults, which keeps nothing else from being done. */
async function tried<T>(
  what: string,
  faults: Fault[],
  act: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await act();
  } catch (fault) {
    faults.push({ what, fault });
    return undefined;
  }
}

const message = (
  { tenant, model }: Route,
  at: string,
  kinds: CheckMessage['kinds'],
): CheckMessage => ({ tenant, model, kinds, at });

const nameOf = ({ tenant, model }: CheckMessage): string => `${tenant}/${model}`;

async function sent(
  queue: Ports['queue'],
  batch: readonly CheckMessage[],
): Promise<readonly CheckMessage[]> {
  let left = batch;
  for (let attempt = 1; left.length > 0 && attempt <= ATTEMPTS; attempt++) {
    left = await queue.send(left);
  }
  return left;
}

/** The hour before the last whole one: a process may write its last counts of an hour a minute late. */
async function tellOfFleet(
  { metrics, invocations, infer }: Ports,
  { models, drifting }: Swept,
  at: string,
  faults: Fault[],
): Promise<void> {
  const hour = hourOf(Date.parse(at)) - 2;
  const coverage = await tried('how many requests were counted', faults, async () => {
    const [counted, invoked = 0] = await Promise.all([
      invocations.of(hour),
      metrics.invocations(infer, hour),
    ]);
    return invoked > 0 ? counted / invoked : undefined;
  });
  const values = {
    ...(models >= FLEET_MIN &&
      !Number.isNaN(drifting) && { DriftingModelsShare: drifting / models }),
    ...(coverage !== undefined && { CaptureCoverage: coverage }),
  };
  await tried('what its metrics are', faults, () => metrics.ofFleet(values));
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return sweepModels({
    registry: new ModelRegistry(table),
    queue: new CheckQueue(env('CHECK_QUEUE_URL')),
    states: new MonitoringStates(table),
    metrics: new ModelMetrics(),
    invocations: new InvocationCounters(env('METRICS_TABLE')),
    infer: env('INFER_FUNCTION_ARN').split(':').at(-1) ?? '',
    count,
    log: new Logger({ serviceName: 'assay' }),
  });
});
