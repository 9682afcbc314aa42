import { Logger } from '@aws-lambda-powertools/logger';

const log = new Logger({ serviceName: 'assay' });

/** Alarms watch metrics in this namespace; lib/ names it too. */
const NAMESPACE = 'Assay';

/**
 * Counts something in CloudWatch by one log line in the embedded metric format, which costs no
 * call and no permission.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function count(
  dimension: Readonly<Record<string, string>>,
  counts: Readonly<Record<string, number>>,
): void {
  log.info('counted', {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [Object.keys(dimension)],
          Metrics: Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
    ...dimension,
    ...counts,
  });
}
