import { Logger } from '@aws-lambda-powertools/logger';

const log = new Logger({ serviceName: 'assay' });

/** Alarms watch metrics in this namespace; lib/ names it too. */
const NAMESPACE = 'Assay';

export interface Measure {
  readonly value: number;
  readonly unit: 'Count' | 'Milliseconds' | 'Bytes';
}
export type Measures = Readonly<Record<string, Measure>>;

/** Counts something in CloudWatch, as `measure` does. */
export const count = (
  dimension: Readonly<Record<string, string>>,
  counts: Readonly<Record<string, number>>,
): void =>
  measure(
    dimension,
    Object.fromEntries(
      Object.entries(counts).map(([name, value]) => [name, { value, unit: 'Count' }]),
    ),
  );

/**
 * Measures something in CloudWatch by one log line in the embedded metric format, which costs no
 * call and no permission. Each dimension more is a metric more for each of its values, and is paid
 * for: what only tells occurrences apart is a field of the line.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function measure(
  dimension: Readonly<Record<string, string>>,
  measures: Measures,
  fields: Readonly<Record<string, string>> = {},
): void {
  const all = Object.entries(measures);
  log.info('counted', {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [Object.keys(dimension)],
          Metrics: all.map(([Name, { unit }]) => ({ Name, Unit: unit })),
        },
      ],
    },
    ...fields,
    ...dimension,
    ...Object.fromEntries(all.map(([name, { value }]) => [name, value])),
  });
}
