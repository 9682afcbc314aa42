import {
  CloudWatchClient,
  GetMetricDataCommand,
  type MetricDatum,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import type { Subject } from '#domain/registry/subject.ts';

const NAMESPACE = 'Assay';
/** The versions that are checked are those that serve. */
const STAGE = 'PRODUCTION';
const HOUR_MS = 3_600_000;
const HOUR_SECONDS = 3600;

type Values = Readonly<Record<string, number>>;
type Model = Pick<Subject, 'tenant' | 'model'>;

/** Metrics of CloudWatch about models: alarms watch them. */
export class ModelMetrics {
  readonly #client: CloudWatchClient;

  constructor(client = new CloudWatchClient({})) {
    this.#client = client;
  }

  ofModel({ tenant, model }: Model, values: Values): Promise<void> {
    return this.#put({ Tenant: tenant, Model: model, Stage: STAGE }, values);
  }

  /** Of all models together. */
  ofFleet(values: Values): Promise<void> {
    return this.#put({ Fleet: 'All' }, values);
  }

  /** How often a function was invoked in an hour since 1970; undefined where CloudWatch has no number. */
  async invocations(functionName: string, hour: number): Promise<number | undefined> {
    const { MetricDataResults = [] } = await this.#client.send(
      new GetMetricDataCommand({
        StartTime: new Date(hour * HOUR_MS),
        EndTime: new Date((hour + 1) * HOUR_MS),
        MetricDataQueries: [
          {
            Id: 'invocations',
            MetricStat: {
              Metric: {
                Namespace: 'AWS/Lambda',
                MetricName: 'Invocations',
                Dimensions: [{ Name: 'FunctionName', Value: functionName }],
              },
              Period: HOUR_SECONDS,
              Stat: 'Sum',
            },
          },
        ],
      }),
    );
    const values = MetricDataResults[0]?.Values ?? [];
    return values.length > 0 ? values.reduce((sum, one) => sum + one, 0) : undefined;
  }

  async #put(dimensions: Readonly<Record<string, string>>, values: Values): Promise<void> {
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const data = Object.entries(values).map(
      ([MetricName, Value]): MetricDatum => ({ MetricName, Value, Dimensions, Unit: 'None' }),
    );
    if (data.length === 0) return;
    await this.#client.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData: data }));
  }
}
