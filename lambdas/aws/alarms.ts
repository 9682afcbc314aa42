import {
  CloudWatchClient,
  type CompositeAlarm as Composite,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  type MetricAlarm as Metric,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  paginateDescribeAlarms,
  ResourceNotFound,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch';
import type { CompositeAlarm, MetricAlarm } from '#domain/monitoring/alarms/model-alarms.ts';

const NAMESPACE = 'Assay';
/** CloudWatch gives and deletes so many at once, and deletes one composite alarm at most with them. */
const BATCH = 100;

/** What CloudWatch has of alarms, by name. */
export interface Existing {
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly composites: ReadonlyMap<string, Composite>;
}

/** CloudWatch's alarms, as far as they are about models. */
export class Alarms {
  readonly #client: CloudWatchClient;

  /** CloudWatch takes three alarms a second: a client that adapts waits instead of failing. */
  constructor(client = new CloudWatchClient({ retryMode: 'adaptive', maxAttempts: 10 })) {
    this.#client = client;
  }

  /** @param names at most 100 */
  async named(names: readonly string[]): Promise<Existing> {
    const { MetricAlarms = [], CompositeAlarms = [] } = await this.#client.send(
      new DescribeAlarmsCommand({
        AlarmNames: [...names],
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        MaxRecords: BATCH,
      }),
    );
    return {
      metrics: new Map(MetricAlarms.map((alarm) => [alarm.AlarmName ?? '', alarm])),
      composites: new Map(CompositeAlarms.map((alarm) => [alarm.AlarmName ?? '', alarm])),
    };
  }

  /** The names of all whose name starts so, a page at a time. */
  async *namesBelow(prefix: string): AsyncGenerator<readonly string[]> {
    const pages = paginateDescribeAlarms(
      { client: this.#client, pageSize: BATCH },
      { AlarmNamePrefix: prefix, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
    );
    for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages) {
      yield [...MetricAlarms, ...CompositeAlarms].flatMap(({ AlarmName }) => AlarmName ?? []);
    }
  }

  async putMetric(alarm: MetricAlarm): Promise<void> {
    await this.#client.send(new PutMetricAlarmCommand(metricInput(alarm)));
  }

  /** Its children must exist. */
  async putComposite(alarm: CompositeAlarm): Promise<void> {
    await this.#client.send(new PutCompositeAlarmCommand(compositeInput(alarm)));
  }

  /** Composites first: CloudWatch keeps an alarm that a composite one is made of. */
  async delete(composites: readonly string[], metrics: readonly string[]): Promise<void> {
    for (const name of composites) await this.#delete([name]);
    for (let at = 0; at < metrics.length; at += BATCH) {
      await this.#delete(metrics.slice(at, at + BATCH));
    }
  }

  /** Where somebody was faster with one of them, CloudWatch may have deleted none: each goes by itself. */
  async #delete(names: string[]): Promise<void> {
    try {
      await this.#client.send(new DeleteAlarmsCommand({ AlarmNames: names }));
    } catch (fault) {
      if (!isGone(fault)) throw fault;
      if (names.length > 1) for (const name of names) await this.#delete([name]);
    }
  }
}

/** Documented under the one name, and sent under either. */
const isGone = (fault: unknown): boolean =>
  fault instanceof ResourceNotFound || fault instanceof ResourceNotFoundException;

/** Whether CloudWatch has the alarm in another form, or not at all. */
export const metricDiffers = (alarm: MetricAlarm, existing: Metric | undefined): boolean =>
  existing === undefined ||
  // Ours have the other kind, which CloudWatch takes where none is asked for, and may describe or not.
  existing.EvaluationWindow?.WallClockWindow !== undefined ||
  differs(metricInput(alarm), {
    ...existing,
    Dimensions: listed(
      Object.fromEntries((existing.Dimensions ?? []).map(({ Name = '', Value }) => [Name, Value])),
    ),
  });

export const compositeDiffers = (alarm: CompositeAlarm, existing: Composite | undefined): boolean =>
  existing === undefined || differs(compositeInput(alarm), existing);

const metricInput = (alarm: MetricAlarm) => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.description,
  Namespace: NAMESPACE,
  MetricName: alarm.metric,
  Dimensions: listed(alarm.dimensions),
  Statistic: alarm.statistic,
  Period: alarm.periodSeconds,
  EvaluationPeriods: alarm.evaluationPeriods,
  DatapointsToAlarm: alarm.datapointsToAlarm,
  Threshold: alarm.threshold,
  ComparisonOperator: alarm.comparison,
  TreatMissingData: alarm.missing,
  ActionsEnabled: true,
  AlarmActions: [...alarm.alarmActions],
  OKActions: [...alarm.okActions],
  InsufficientDataActions: [],
});

const compositeInput = (alarm: CompositeAlarm) => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.description,
  AlarmRule: alarm.rule,
  ActionsEnabled: true,
  AlarmActions: [...alarm.alarmActions],
  OKActions: [...alarm.okActions],
  InsufficientDataActions: [],
});

/** By name, as CloudWatch promises no order. */
const listed = (dimensions: Readonly<Record<string, string | undefined>>) =>
  Object.entries(dimensions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Name, Value]) => ({ Name, Value }));

/**
 * What ours never have, and what would change what they say: a metric of another unit is another one,
 * and a suppressor has nobody told. A formula, or a percentile, leaves no metric or no statistic.
 */
const NEVER_OURS = ['Unit', 'ActionsSuppressor'];

/** Whether any field that is asked for is another one; CloudWatch has more of them. */
const differs = (asked: object, existing: object): boolean => {
  const has = existing as Record<string, unknown>;
  return (
    NEVER_OURS.some((field) => (has[field] ?? '') !== '') ||
    Object.entries(asked).some(
      ([field, value]) => JSON.stringify(has[field] ?? []) !== JSON.stringify(value),
    )
  );
};
