import {
  CloudWatchClient,
  type CompositeAlarm as Composite,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  type MetricAlarm as Metric,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  paginateDescribeAlarms,
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

  async #delete(names: string[]): Promise<void> {
    await this.#client.send(new DeleteAlarmsCommand({ AlarmNames: names }));
  }
}

/** Whether CloudWatch has the alarm in another form, or not at all. */
export const metricDiffers = (alarm: MetricAlarm, existing: Metric | undefined): boolean =>
  existing === undefined ||
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

/** Whether any field that is asked for is another one; CloudWatch has more of them. */
const differs = (asked: object, existing: object): boolean =>
  Object.entries(asked).some(([field, value]) => {
    const now = (existing as Record<string, unknown>)[field] ?? [];
    return JSON.stringify(now) !== JSON.stringify(value);
  });
