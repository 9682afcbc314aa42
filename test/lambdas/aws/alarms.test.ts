import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  ResourceNotFound,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { Alarms, compositeDiffers, metricDiffers } from '#aws/alarms.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { alarmNames } from '#domain/monitoring/alarms/alarm-names.ts';
import { modelAlarms } from '#domain/monitoring/alarms/model-alarms.ts';

const cloudWatch = mockClient(CloudWatchClient);
const alarms = () => new Alarms(new CloudWatchClient({ region: 'eu-west-1' }));
beforeEach(() => cloudWatch.reset());

const churn = { tenant: 'acme', model: 'churn' };
const { monitoring, rollout } = DEFAULT_POLICY;
const {
  metrics: [metric],
  composite,
} = modelAlarms(
  churn,
  { monitoring, rollout, tickMinutes: 60, onTrial: false },
  { page: 'arn:page', rollback: 'arn:rollback' },
);
if (!metric) throw new Error('no alarms');

/** As CloudWatch describes an alarm that was put: with more fields, dimensions in its own order. */
async function described() {
  await alarms().putMetric(metric as NonNullable<typeof metric>);
  await alarms().putComposite(composite);
  const put = cloudWatch.commandCalls(PutMetricAlarmCommand)[0]?.args[0].input;
  const rule = cloudWatch.commandCalls(PutCompositeAlarmCommand)[0]?.args[0].input;
  return {
    metric: {
      ...put,
      Dimensions: [...(put?.Dimensions ?? [])].reverse(),
      StateValue: 'OK' as const,
      AlarmArn: 'arn:alarm',
    },
    composite: { ...rule, StateValue: 'OK' as const },
  };
}

describe('an alarm', () => {
  it('is put with all that it is evaluated by', async () => {
    const { metric: put } = await described();
    expect(put).toMatchObject({
      ...{ AlarmName: 'assay/acme/churn/ModelAccuracyDrop', Namespace: 'Assay' },
      ...{ MetricName: 'QualitySeverity', Statistic: 'Maximum', Period: 3600 },
      ...{ EvaluationPeriods: 1, DatapointsToAlarm: 1, Threshold: 3 },
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'ignore',
      AlarmActions: ['arn:page'],
      OKActions: ['arn:page'],
    });
  });

  it('is as it should be where nothing that was asked for is otherwise', async () => {
    const now = await described();
    expect(metricDiffers(metric, now.metric)).toBe(false);
    expect(compositeDiffers(composite, now.composite)).toBe(false);
    const sliding = { ...now.metric, EvaluationWindow: { SlidingWindow: {} } };
    expect(metricDiffers(metric, sliding)).toBe(false);
  });

  it.each([
    { Threshold: 2 },
    { TreatMissingData: 'missing' },
    { AlarmActions: [] },
    { ActionsEnabled: false },
    { Dimensions: [{ Name: 'Model', Value: 'churn' }] },
    { AlarmDescription: 'mine' },
    { Unit: 'Percent' as const },
    { EvaluationWindow: { WallClockWindow: {} } },
  ])('is not where somebody changed %o', async (change) => {
    expect(metricDiffers(metric, { ...(await described()).metric, ...change })).toBe(true);
  });

  it('is not where it is gone, or its rule is another one', async () => {
    expect(metricDiffers(metric, undefined)).toBe(true);
    expect(compositeDiffers(composite, undefined)).toBe(true);
    const { composite: now } = await described();
    expect(compositeDiffers(composite, { ...now, AlarmRule: 'FALSE' })).toBe(true);
    expect(compositeDiffers(composite, { ...now, ActionsSuppressor: 'mine' })).toBe(true);
  });
});

describe('alarms', () => {
  it('are found by name, of both kinds', async () => {
    cloudWatch.on(DescribeAlarmsCommand).resolves({
      MetricAlarms: [{ AlarmName: 'assay/acme/churn/ModelHarm' }],
      CompositeAlarms: [{ AlarmName: 'assay/acme/churn' }],
    });
    const { metrics, composites } = await alarms().named(alarmNames(churn));
    expect([...metrics.keys()]).toEqual(['assay/acme/churn/ModelHarm']);
    expect([...composites.keys()]).toEqual(['assay/acme/churn']);
    expect(cloudWatch.commandCalls(DescribeAlarmsCommand)[0]?.args[0].input).toMatchObject({
      AlarmNames: alarmNames(churn),
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    });
  });

  it('are listed a page at a time', async () => {
    cloudWatch
      .on(DescribeAlarmsCommand)
      .resolvesOnce({ MetricAlarms: [{ AlarmName: 'assay/a/b/ModelHarm' }], NextToken: 'more' })
      .resolvesOnce({ CompositeAlarms: [{ AlarmName: 'assay/a/b' }] });
    const pages: (readonly string[])[] = [];
    for await (const names of alarms().namesBelow('assay/')) pages.push(names);
    expect(pages).toEqual([['assay/a/b/ModelHarm'], ['assay/a/b']]);
  });

  it('are deleted composite ones first, each by itself, and others by the hundred', async () => {
    const names = Array.from({ length: 101 }, (_, i) => `m${i}`);
    await alarms().delete(['c1', 'c2'], names);
    const deleted = cloudWatch
      .commandCalls(DeleteAlarmsCommand)
      .map(({ args }) => args[0].input.AlarmNames?.length);
    expect(deleted).toEqual([1, 1, 100, 1]);
  });

  it.each([ResourceNotFound, ResourceNotFoundException])(
    'that somebody else has deleted meanwhile keep none of the others (%o)',
    async (Gone) => {
      const there = new Set(['a', 'c']);
      cloudWatch.on(DeleteAlarmsCommand).callsFake(({ AlarmNames }) => {
        if (AlarmNames.some((name: string) => !there.has(name))) {
          throw new Gone({ message: 'gone', $metadata: {} });
        }
        for (const name of AlarmNames) there.delete(name);
      });
      await alarms().delete(['x'], ['a', 'b', 'c']);
      expect(there.size).toBe(0);
    },
  );

  it('that cannot be deleted are a fault', async () => {
    cloudWatch.on(DeleteAlarmsCommand).rejects(new Error('a composite alarm is made of it'));
    await expect(alarms().delete([], ['a', 'b'])).rejects.toThrow(
      'a composite alarm is made of it',
    );
    expect(cloudWatch.commandCalls(DeleteAlarmsCommand)).toHaveLength(1);
  });
});
