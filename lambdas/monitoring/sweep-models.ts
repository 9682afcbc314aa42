import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod/mini';
import { CheckQueue } from '#aws/check-queue.ts';
import { InvocationCounters } from '#aws/invocation-counters.ts';
import { ModelMetrics } from '#aws/model-metrics.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { MonitoringStates } from '#aws/monitoring.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { Item } from '#aws/writes.ts';
import { CheckKinds, type CheckMessage } from '#domain/monitoring/check/check-message.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { count } from '../metrics.ts';
import { Fleet, type FleetPorts } from './fleet.ts';
import { sendChecks } from './send-checks.ts';

const Input = z.strictObject({
  /** When the sweep was due: the same for all of its repetitions. */
  at: z.iso.datetime(),
  kinds: CheckKinds,
});

interface Ports extends FleetPorts {
  readonly registry: Pick<ModelRegistry, 'routes'>;
  readonly queue: Pick<CheckQueue, 'send'>;
}

/** For the log; how many drift is absent where that could not be read. */
interface Swept {
  readonly models: number;
  readonly drifting?: number | undefined;
}

/** Routes read at once: their states are one batch, their messages five. */
const PAGE = 50;
const SHOWN = 20;

/**
 * Has every model in production checked: one message each, so that none can keep another from its
 * check. It holds one page of them at a time. A repetition sends the same messages, which checks
 * take once.
 * @throws Error naming models whose message was not taken, when all others are sent.
 */
export const sweepModels =
  (ports: Ports) =>
  async ({ at, kinds }: z.infer<typeof Input>): Promise<Swept> => {
    let [models, refused] = [0, 0];
    const shown: string[] = [];
    const fleet = new Fleet(ports, at);
    let start: Item | undefined;
    do {
      const { items, next } = await ports.registry.routes(PAGE, start);
      start = next;
      models += items.length;
      const messages = items.map(({ tenant, model }) => ({ tenant, model, kinds, at }));
      const left = await sendChecks(ports.queue, messages);
      refused += left.length;
      shown.push(...left.slice(0, SHOWN - shown.length).map(nameOf));
      await fleet.add(items);
    } while (start);
    if (kinds.includes('health')) await fleet.tell();
    fleet.reportFaults();
    if (refused === 0) return { models, drifting: fleet.drifting };
    throw new Error(
      `${refused} of ${models} models will not be checked, since the queue did not take them: ${shown.join(', ')}; sweep again`,
    );
  };

const nameOf = ({ tenant, model }: CheckMessage): string => `${tenant}/${model}`;

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
