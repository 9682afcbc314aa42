import {
  CloudWatchClient,
  GetMetricDataCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { ModelMetrics } from '#aws/model-metrics.ts';

const cloudWatch = mockClient(CloudWatchClient);
const metrics = () => new ModelMetrics(new CloudWatchClient({}));

beforeEach(() => {
  cloudWatch.reset();
  cloudWatch.on(PutMetricDataCommand).resolves({});
});

const put = () => cloudWatch.commandCalls(PutMetricDataCommand).map(({ args }) => args[0].input);

it('tells of a model by tenant, model and stage, and by nothing that grows', async () => {
  await metrics().ofModel({ tenant: 'acme', model: 'churn' }, { DriftSeverity: 3, ErrorRate: 0 });
  expect(put()).toEqual([
    {
      Namespace: 'Assay',
      MetricData: ['DriftSeverity', 'ErrorRate'].map((MetricName, i) => ({
        MetricName,
        Value: i === 0 ? 3 : 0,
        Unit: 'None',
        Dimensions: [
          { Name: 'Tenant', Value: 'acme' },
          { Name: 'Model', Value: 'churn' },
          { Name: 'Stage', Value: 'PRODUCTION' },
        ],
      })),
    },
  ]);
});

it('tells of the fleet, and nothing where there is nothing to tell', async () => {
  await metrics().ofFleet({ CaptureCoverage: 1 });
  await metrics().ofFleet({});
  expect(put()).toHaveLength(1);
  expect(put()[0]?.MetricData?.[0]?.Dimensions).toEqual([{ Name: 'Fleet', Value: 'All' }]);
});

it('counts invocations of one hour, and tells none from no number', async () => {
  cloudWatch.on(GetMetricDataCommand).resolvesOnce({ MetricDataResults: [{ Values: [40, 2] }] });
  expect(await metrics().invocations('infer', 492_060)).toBe(42);
  const [asked] = cloudWatch.commandCalls(GetMetricDataCommand);
  expect(asked?.args[0].input).toMatchObject({
    StartTime: new Date('2026-02-18T12:00:00Z'),
    EndTime: new Date('2026-02-18T13:00:00Z'),
  });
  cloudWatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [{ Values: [] }] });
  expect(await metrics().invocations('infer', 492_060)).toBeUndefined();
});
