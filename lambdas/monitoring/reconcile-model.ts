import { type Alarms, compositeDiffers, metricDiffers } from '#aws/alarms.ts';
import type { ModelMetrics } from '#aws/model-metrics.ts';
import type { Policies } from '#aws/policies.ts';
import type { Routes } from '#aws/routes.ts';
import { DEFAULT_POLICY, resolvePolicy } from '#domain/gates/policy.ts';
import { alarmNames } from '#domain/monitoring/alarms/alarm-names.ts';
import {
  type AlarmTopics,
  type CompositeAlarm,
  type MetricAlarm,
  type ModelAlarms,
  modelAlarms,
} from '#domain/monitoring/alarms/model-alarms.ts';
import type { Subject } from '#domain/registry/subject.ts';

export type Model = Pick<Subject, 'tenant' | 'model'>;

export interface ReconcilePorts {
  readonly routes: Pick<Routes, 'of'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly alarms: Pick<Alarms, 'named' | 'putMetric' | 'putComposite' | 'delete'>;
  readonly metrics: Pick<ModelMetrics, 'ofModel'>;
  readonly topics: AlarmTopics;
  readonly tickMinutes: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

export interface Changed {
  readonly written: number;
  readonly deleted: number;
}

/** What is asked for may change while it is written, so often at most. */
const TURNS = 5;

interface Made extends Changed {
  readonly faults: readonly string[];
}

/** What the turn before asked for; undefined of the first one. */
type Before = readonly (MetricAlarm | CompositeAlarm)[] | undefined;

/**
 * Makes the alarms of one model what its policy and route ask for. Another run may have written by
 * what is newer before this one did by what it had read: so each looks again after it has written, and
 * whoever writes last has looked last.
 *
 * @throws Error naming the alarms that could not be written or deleted, when all others are.
 */
export async function reconcileModel(ports: ReconcilePorts, model: Model): Promise<Changed> {
  let [written, deleted] = [0, 0];
  let before: Before;
  let asked = await askedFor(ports, model);
  for (let turn = 0; turn < TURNS; turn++) {
    const made = asked
      ? await make(ports, model, asked, before)
      : await remove(ports, model, before);
    written += made.written;
    deleted += made.deleted;
    const now = await askedFor(ports, model);
    if (isSame(now, asked)) {
      if (made.faults.length === 0) return { written, deleted };
      throw new Error(
        `${made.faults.length} alarms are not as they should be: ${made.faults.join('; ')}`,
      );
    }
    before = asked ? [...asked.metrics, asked.composite] : [];
    asked = now;
  }
  throw new Error(
    `what alarms ${model.tenant}/${model.model} should have changed ${TURNS} times while they were written, expected it to settle; run it again`,
  );
}

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Undefined of a model that serves nothing. */
async function askedFor(
  { routes, policies, topics, tickMinutes, clock }: ReconcilePorts,
  model: Model,
): Promise<ModelAlarms | undefined> {
  const route = await routes.of(model);
  if (!route) return undefined;
  const { tenant, model: own } = await policies.layersOf(model);
  const { monitoring, rollout } = resolvePolicy(DEFAULT_POLICY, tenant, own);
  // A trial that broke off leaves its candidate in the route; it serves nobody after its lease.
  const onTrial = route.candidate !== undefined && route.candidate.leaseUntil > clock();
  return modelAlarms(model, { monitoring, rollout, tickMinutes, onTrial }, topics);
}

/**
 * Children before the composite that names them, which lets go of others before they go. CloudWatch
 * may not show yet what was put or deleted a moment ago: what the turn before asked for otherwise is
 * written again, whatever is shown.
 */
async function make(
  { alarms, metrics: counted }: ReconcilePorts,
  model: Model,
  { metrics, composite }: ModelAlarms,
  before: Before,
): Promise<Made> {
  const existing = await alarms.named(alarmNames(model));
  const isOther = (alarm: MetricAlarm | CompositeAlarm): boolean =>
    before !== undefined && !before.some((one) => isSame(one, alarm));
  const others = metrics.filter(
    (alarm) => isOther(alarm) || metricDiffers(alarm, existing.metrics.get(alarm.name)),
  );
  const faults: string[] = [];
  for (const alarm of others.toSorted(byActions)) {
    await tried(faults, [alarm.name], async () => {
      const isNew = !existing.metrics.has(alarm.name) || before?.length === 0;
      // Silence is counted from now on: the first check comes later than the alarm.
      if (isNew && alarm.missing === 'breaching') {
        await counted.ofModel(model, { [alarm.metric]: 1 });
      }
      await alarms.putMetric(alarm);
    });
  }
  const differs =
    isOther(composite) || compositeDiffers(composite, existing.composites.get(composite.name));
  if (differs) await tried(faults, [composite.name], () => alarms.putComposite(composite));
  const unwritten = faults.length;
  const stale = [...namesOf('metric', existing.metrics, before)].filter(
    (name) => !metrics.some((alarm) => alarm.name === name),
  );
  for (const name of stale) {
    await tried(faults, toGo([name]), () => alarms.delete([], [name]));
  }
  return {
    written: others.length + (differs ? 1 : 0) - unwritten,
    deleted: stale.length - (faults.length - unwritten),
    faults,
  };
}

/** What rolls back and pages is there first, should the run be cut off halfway. */
const byActions = (one: MetricAlarm, other: MetricAlarm): number =>
  other.alarmActions.length - one.alarmActions.length;

/** Of all that CloudWatch shows, or has been asked to keep a moment ago. */
const namesOf = (
  kind: 'metric' | 'composite',
  shown: ReadonlyMap<string, unknown>,
  before: Before = [],
): ReadonlySet<string> =>
  new Set([...shown.keys(), ...before.filter((one) => one.kind === kind).map(({ name }) => name)]);

async function tried(
  faults: string[],
  names: readonly string[],
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (fault) {
    faults.push(
      ...names.map((name) => `${name}: ${fault instanceof Error ? fault.message : fault}`),
    );
  }
}

const toGo = (names: readonly string[]): string[] => names.map((name) => `${name}, which is to go`);

async function remove({ alarms }: ReconcilePorts, model: Model, before: Before): Promise<Made> {
  const existing = await alarms.named(alarmNames(model));
  const composites = [...namesOf('composite', existing.composites, before)];
  const metrics = [...namesOf('metric', existing.metrics, before)];
  const names = [...composites, ...metrics];
  const faults: string[] = [];
  await tried(faults, toGo(names), () => alarms.delete(composites, metrics));
  return { written: 0, deleted: names.length - faults.length, faults };
}
