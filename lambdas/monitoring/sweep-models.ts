import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod/mini';
import { BATCH, CheckQueue } from '#aws/check-queue.ts';
import { HourlyCounters } from '#aws/hourly-counters.ts';
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
  readonly counters: Pick<HourlyCounters, 'invocations'>;
  /** Name of the function whose requests are counted. */
  readonly infer: string;
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
 * take once.
 * @throws Error naming models whose message was not taken, when all others are sent.
 */
export const sweepModels =
  (ports: Ports) =>
  async ({ at, kinds }: z.infer<typeof Input>): Promise<Swept> => {
    let [models, drifting, refused] = [0, 0, 0];
    const shown: string[] = [];
    let start: Item | undefined;
    do {
      const { items, next } = await ports.registry.routes(PAGE, start);
      start = next;
      models += items.length;
      const states = await ports.states.many(items.map(({ tenant, model }) => ({ tenant, model })));
      drifting += states.filter(isDrifting).length;
      for (let from = 0; from < items.length; from += BATCH) {
        const batch = items.slice(from, from + BATCH).map((route) => message(route, at, kinds));
        const left = await sent(ports.queue, batch);
        refused += left.length;
        shown.push(...left.slice(0, SHOWN - shown.length).map(nameOf));
      }
    } while (start);
    if (kinds.includes('health')) {
      // A repetition would ask for every model again; the next tick tells of the fleet, too.
      await tellOfFleet(ports, { models, drifting }, at).catch((fault: unknown) =>
        ports.log.error('fleet-not-told', { at, fault }),
      );
    }
    if (refused > 0) {
      throw new Error(
        `${refused} of ${models} models will not be checked, since the queue did not take them: ${shown.join(', ')}; sweep again`,
      );
    }
    return { models, drifting };
  };

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
  { metrics, counters, infer }: Ports,
  { models, drifting }: Swept,
  at: string,
): Promise<void> {
  const hour = hourOf(Date.parse(at)) - 2;
  const [counted, invoked] = await Promise.all([
    counters.invocations(hour),
    metrics.invocations(infer, hour),
  ]);
  await metrics.ofFleet({
    ...(models >= FLEET_MIN && { DriftingModelsShare: drifting / models }),
    ...(invoked !== undefined && invoked > 0 && { CaptureCoverage: counted / invoked }),
  });
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return sweepModels({
    registry: new ModelRegistry(table),
    queue: new CheckQueue(env('CHECK_QUEUE_URL')),
    states: new MonitoringStates(table),
    metrics: new ModelMetrics(),
    counters: new HourlyCounters(env('METRICS_TABLE')),
    infer: env('INFER_FUNCTION_ARN').split(':').at(-1) ?? '',
    log: new Logger({ serviceName: 'assay' }),
  });
});
