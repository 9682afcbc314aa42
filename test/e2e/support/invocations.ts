import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { inject } from 'vitest';
import { InvocationCounters } from '#aws/invocation-counters.ts';
import { lambda } from './clients.ts';
import { sqs } from './monitoring.ts';

const { endpoint, outputs } = inject('cloud');
const options = {
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const cloudWatch = new CloudWatchClient(options);
const counters = new InvocationCounters(outputs.MetricsTable ?? '', new DynamoDBClient(options));

const HOUR_MS = 3_600_000;
const DAY_SECONDS = 24 * 3600;

/** How often Lambda says that the function which answers requests was invoked, ever. */
export async function invocations(): Promise<number> {
  const { Environment } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: outputs.SweepModelsFunction }),
  );
  const infer = Environment?.Variables?.INFER_FUNCTION_ARN?.split(':').at(-1);
  return numbersOf('AWS/Lambda', 'Invocations', { FunctionName: infer ?? '' }, 'Sum');
}

/** How many of an hour its processes have told of. */
export const counted = (hour: number): Promise<number> => counters.of(hour);

/**
 * Runs the sweep that tells of an hour, two hours before it is due, and has none of the checks made
 * that it asks for, as they are ahead of time.
 * @returns which share of the hour's invocations was counted
 */
export async function coverageOf(hour: number): Promise<number> {
  const QueueUrl = outputs.CheckQueueUrl;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const { EventSourceMappings } = await lambda.send(
    new ListEventSourceMappingsCommand({ EventSourceArn: Attributes?.QueueArn }),
  );
  const UUID = EventSourceMappings?.[0]?.UUID;
  const check = (Enabled: boolean) =>
    lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  await check(false);
  try {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: outputs.SweepModelsFunction,
        Payload: JSON.stringify({ at: new Date((hour + 2) * HOUR_MS), kinds: ['health'] }),
      }),
    );
    if (FunctionError) throw new Error(Payload?.transformToString());
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  } finally {
    await check(true);
  }
  return numbersOf('Assay', 'CaptureCoverage', { Fleet: 'All' }, 'Maximum');
}

/** Of today and yesterday, together. */
async function numbersOf(
  Namespace: string,
  MetricName: string,
  dimensions: Readonly<Record<string, string>>,
  Stat: string,
): Promise<number> {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const Metric = { Namespace, MetricName, Dimensions };
  const now = Date.now();
  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now - DAY_SECONDS * 1000),
      EndTime: new Date(now + HOUR_MS),
      MetricDataQueries: [{ Id: 'm', MetricStat: { Metric, Period: DAY_SECONDS, Stat } }],
    }),
  );
  return (MetricDataResults[0]?.Values ?? []).reduce((sum, value) => sum + value, 0);
}
