import {
  CloudWatchClient,
  CloudWatchServiceException,
  DashboardNotFoundError,
  GetDashboardCommand,
  GetMetricDataCommand,
  ResourceNotFound,
} from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { Dashboards, Throttled } from '#aws/dashboards.ts';
import type { Asked } from '#domain/monitoring/dashboard/asked.ts';

const cloudWatch = mockClient(CloudWatchClient);
const dashboards = () => new Dashboards(new CloudWatchClient({}));
const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 12, minute));
const FROM = at(0).getTime();
const TO = at(59).getTime();
const errors: Asked = {
  ...{ namespace: 'AWS/Lambda', metric: 'Errors', dimensions: { FunctionName: 'infer' } },
  ...{ statistic: 'Sum', label: 'broken off', periodSeconds: 300, side: 'left' },
};
const find = (...asked: Asked[]) => dashboards().find({ asked, from: FROM, to: TO });
const search: Asked = { expression: 'SEARCH(x)', label: 'all', periodSeconds: 3600, side: 'left' };

beforeEach(() => {
  cloudWatch.reset();
});

it('reads a dashboard’s body by its name', async () => {
  cloudWatch.on(GetDashboardCommand, { DashboardName: 'Assay' }).resolves({
    DashboardBody: '{"widgets":[]}',
  });
  expect(await dashboards().body('Assay')).toBe('{"widgets":[]}');
});

it.each([
  new DashboardNotFoundError({ message: 'no', $metadata: {} }),
  new ResourceNotFound({ message: 'no', $metadata: {} }),
])('has none where there is no such dashboard: $name', async (missing) => {
  cloudWatch.on(GetDashboardCommand).rejects(missing);
  expect(await dashboards().body('Assay')).toBeUndefined();
});

const faultOf = (name: string) =>
  new CloudWatchServiceException({ ...{ name, $fault: 'client' }, $metadata: {} });

describe.each([
  ['the body', () => dashboards().body('Assay')],
  ['the numbers', () => find(search)],
])('asking for %s', (_, ask) => {
  const fails = (name: string) => {
    const fault = faultOf(name);
    cloudWatch.on(GetDashboardCommand).rejects(fault).on(GetMetricDataCommand).rejects(fault);
    return fault;
  };

  it.each(['Throttling', 'ThrottlingException', 'LimitExceededException'])(
    'too often is told apart: %s',
    async (name) => {
      const fault = fails(name);
      const error = await ask().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Throttled);
      expect((error as Throttled).cause).toBe(fault);
    },
  );

  it('fails as CloudWatch does', async () => {
    const fault = fails('AccessDenied');
    await expect(ask()).rejects.toBe(fault);
  });
});

it('asks for metrics and expressions together, with their periods', async () => {
  cloudWatch.on(GetMetricDataCommand).resolves({});
  await find(errors, search);
  expect(cloudWatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input).toEqual({
    StartTime: at(0),
    EndTime: at(59),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: [
      {
        Id: 'asked0',
        Label: 'broken off',
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: 'Errors',
            Dimensions: [{ Name: 'FunctionName', Value: 'infer' }],
          },
          Period: 300,
          Stat: 'Sum',
        },
      },
      { Id: 'asked1', Label: 'all', Expression: 'SEARCH(x)', Period: 3600 },
    ],
  });
});

it('gives the lines of each in CloudWatch’s order, put together from all pages', async () => {
  const part = (
    Id: string,
    Label: string,
    minutes: number[],
    StatusCode: 'Complete' | 'PartialData',
  ) => ({
    ...{ Id, Label, StatusCode, Timestamps: minutes.map(at), Values: minutes },
  });
  cloudWatch
    .on(GetMetricDataCommand)
    .resolvesOnce({
      NextToken: 'more',
      MetricDataResults: [
        part('asked1', 'b', [5, 10], 'PartialData'),
        part('asked1', 'a', [5], 'Complete'),
        part('asked0', 'broken off', [], 'Complete'),
      ],
    })
    .resolvesOnce({ MetricDataResults: [part('asked1', 'b', [15], 'Complete')] });
  const points = (...minutes: number[]) => minutes.map((minute) => [at(minute).getTime(), minute]);
  expect(await find(errors, search)).toEqual([
    { lines: [], complete: true, said: [] },
    {
      lines: [
        { label: 'b', points: points(5, 10, 15) },
        { label: 'a', points: points(5) },
      ],
      complete: true,
      said: [],
    },
  ]);
});

it.each(['PartialData', 'InternalError', 'Forbidden'] as const)(
  'says that lines are not whole: %s',
  async (StatusCode) => {
    const MetricDataResults = [
      { Id: 'asked0', Label: 'x', StatusCode, Timestamps: [], Values: [] },
    ];
    cloudWatch.on(GetMetricDataCommand).resolves({ MetricDataResults });
    expect(await find(search)).toEqual([{ lines: [], complete: false, said: [] }]);
  },
);

it('knows nothing of a metric that is not answered, and that a search may find nothing', async () => {
  cloudWatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [] });
  expect(await find(errors, search)).toEqual([
    { lines: [], complete: false, said: [] },
    { lines: [], complete: true, said: [] },
  ]);
});

it('hands on what CloudWatch says, of all that was asked or of one', async () => {
  const line = (Id: string, ...codes: string[]) => ({
    ...{ Id, Label: 'x', StatusCode: 'Complete' as const, Timestamps: [at(5)], Values: [1] },
    Messages: codes.map((Code) => ({ Code, Value: 'in words' })),
  });
  cloudWatch
    .on(GetMetricDataCommand)
    .resolvesOnce({ NextToken: 'more', MetricDataResults: [line('asked0')] })
    .resolvesOnce({
      MetricDataResults: [line('asked1', 'ArithmeticError')],
      Messages: [{ Code: 'MaxMetricsExceeded', Value: 'in words' }],
    });
  expect((await find(errors, search)).map(({ said }) => said)).toEqual([
    ['MaxMetricsExceeded'],
    ['MaxMetricsExceeded', 'ArithmeticError'],
  ]);
});
