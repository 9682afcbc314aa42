import { MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * A metric that is 0 where nothing was counted, for alarms that are to go by their own periods alone:
 * CloudWatch looks further back than these, and points that it finds there count before missing ones
 * are treated. Not for short periods, in whose last one points are always late, nor for what is told
 * once a period: the only point leaves it before the next one comes.
 * Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", "Using metric math".
 */
export const filled = (metric: Metric): MathExpression =>
  new MathExpression({
    expression: 'FILL(counted, 0)',
    usingMetrics: { counted: metric },
    label: metric.metricName,
    period: metric.period,
  });
