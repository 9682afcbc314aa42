import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { functionIds, ofType } from '../support/deployed.ts';
import { actionsOf, allowed, arn, decide, roleOf } from '../support/permissions.ts';
import { productionStacks, synthesise } from '../support/stacks.ts';

const registry = () => arn('AWS::DynamoDB::GlobalTable', 'Registry');
const metrics = () => arn('AWS::DynamoDB::GlobalTable', 'Metrics');
const evidence = () => arn('AWS::S3::Bucket', 'Evidence');
const data = () => arn('AWS::S3::Bucket', 'Data');
const checks = () => arn('AWS::SQS::Queue', 'MonitoringChecks');
const asked = () => arn('AWS::SQS::Queue', 'AskedChecks');

const may = (
  name: string,
  action: string,
  resource: string,
  context: Record<string, string | string[]> = {},
) => decide(roleOf(name), { action, resource, context });
const putting = (name: string, resource: string, partition: string) =>
  may(name, 'dynamodb:PutItem', resource, { 'dynamodb:LeadingKeys': [partition] });

describe('CheckModel', () => {
  it('writes how models fare, and nothing of what they are', async () => {
    expect(await putting('CheckModel', registry(), 'T#acme#MO#churn')).toBe('Allowed');
    expect(await putting('CheckModel', registry(), 'AUD#1')).toBe('Allowed');
    for (const other of ['M#churn', 'R#churn', 'RO#churn', 'RB#churn', 'P#churn', 'AP#1', 'X#1']) {
      expect(await putting('CheckModel', registry(), `T#acme#${other}`), other).not.toBe('Allowed');
    }
  });

  it('is alone in writing it', async () => {
    for (const action of ['dynamodb:PutItem', 'dynamodb:UpdateItem']) {
      const context = { 'dynamodb:LeadingKeys': ['T#acme#MO#churn', 'AUD#1'] };
      expect(await allowed({ action, resource: registry(), context })).toEqual(['CheckModel']);
    }
  });

  it('rolls up what was seen and lists its reports, and counts nothing else', async () => {
    expect(await putting('CheckModel', metrics(), 'T#acme#H#churn')).toBe('Allowed');
    expect(await putting('CheckModel', metrics(), 'T#acme#K#churn')).toBe('Allowed');
    for (const other of ['T#acme#C#churn', 'T#acme#O#churn', 'T#acme#G#churn', 'F#INVOCATIONS']) {
      expect(await putting('CheckModel', metrics(), other), other).not.toBe('Allowed');
    }
  });

  it('adds reports to the evidence and hours to the archive, and no document of a version', async () => {
    const once = { 's3:if-none-match': '*', 's3:ObjectCreationOperation': 'true' };
    const put = (key: string) => may('CheckModel', 's3:PutObject', key, once);
    expect(await put(`${evidence()}/drift-reports/acme/churn/x.json`)).toBe('Allowed');
    expect(await put(`${data()}/captures/acme/churn/x.json.gz`)).toBe('Allowed');
    for (const key of ['versions/acme/churn/1.0.0/d/x.json', 'policies/acme/x.json']) {
      expect(await put(`${evidence()}/${key}`), key).not.toBe('Allowed');
    }
    expect(await put(`${data()}/advisories/index.json`)).not.toBe('Allowed');
    const writers = { action: 's3:PutObject', context: once };
    const resource = `${evidence()}/drift-reports/acme/churn/x.html`;
    expect(await allowed({ ...writers, resource })).toEqual(['CheckModel']);
  });

  it('may ask for a rollback, and neither routes nor signs', async () => {
    const machine = (name: string) => arn('AWS::StepFunctions::StateMachine', `${name}Workflow`);
    const start = (name: string) => may('CheckModel', 'states:StartExecution', machine(name));
    expect(await start('Rollback')).toBe('Allowed');
    expect(await start('Rollout')).not.toBe('Allowed');
    expect(await start('Release')).not.toBe('Allowed');
    const actions = actionsOf(roleOf('CheckModel'));
    expect(actions).not.toContain('kms:Sign');
    expect(actions).not.toContain('sqs:SendMessage');
    expect(actions.filter((action) => /^(events|lambda|sns):/.test(action))).toEqual([]);
  });

  it('takes five messages, and gives back those alone that failed, for three tries', () => {
    const { monitoring } = productionStacks();
    monitoring.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^MonitoringChecks'), 'Arn'] },
    });
    monitoring.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 1800,
      RedrivePolicy: { maxReceiveCount: 3, deadLetterTargetArn: Match.anyValue() },
    });
  });
});

describe('checks that people ask for', () => {
  it('wait on a queue of their own, two side by side, and put aside what cannot be made', () => {
    const { monitoring } = productionStacks();
    monitoring.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      FunctionName: { Ref: Match.stringLikeRegexp('CheckModel') },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
      EventSourceArn: { 'Fn::ImportValue': Match.stringLikeRegexp('^Assay:.*AskedChecks') },
    });
    const [[, queue] = []] = ofType('AWS::SQS::Queue').filter(([id]) =>
      id.startsWith('AskedChecks'),
    );
    expect(queue?.Properties).toMatchObject({
      VisibilityTimeout: 1800,
      RedrivePolicy: {
        maxReceiveCount: 3,
        deadLetterTargetArn: arn('AWS::SQS::Queue', 'DeadLettersAskedChecks'),
      },
    });
  });

  it('are asked for by the API alone, which cannot hold up those of the sweep', async () => {
    const action = 'sqs:SendMessage';
    expect(await allowed({ action, resource: asked() })).toEqual(['ServeApi']);
    expect(await may('ServeApi', action, checks())).not.toBe('Allowed');
  });

  it('are written down by the API alone, and by nobody else changed or read', async () => {
    const at = (action: string) =>
      allowed({
        action,
        resource: metrics(),
        context: { 'dynamodb:LeadingKeys': ['T#acme#A#churn'] },
      });
    expect(await at('dynamodb:PutItem')).toEqual(['ServeApi']);
    expect(await at('dynamodb:UpdateItem')).toEqual([]);
    expect(await at('dynamodb:GetItem')).not.toContain('ServeApi');
  });
});

describe('SweepModels', () => {
  it('asks for checks, and writes to no table and no bucket', async () => {
    expect(await may('SweepModels', 'sqs:SendMessage', checks())).toBe('Allowed');
    expect(await allowed({ action: 'sqs:SendMessage', resource: checks() })).toEqual([
      'SweepModels',
    ]);
    const actions = actionsOf(roleOf('SweepModels'));
    expect(actions.filter((action) => /^(s3|states|lambda|events):/.test(action))).toEqual([]);
    expect(actions.filter((action) => /:(Put|Update|Delete)/.test(action))).toEqual([
      ...['cloudwatch:PutMetricData', 'logs:PutLogEvents'],
      ...['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    ]);
  });

  it('reads of traffic how often the serving function was invoked, and no more', async () => {
    const query = (partition: string) =>
      may('SweepModels', 'dynamodb:Query', metrics(), { 'dynamodb:LeadingKeys': [partition] });
    expect(await query('F#INVOCATIONS')).toBe('Allowed');
    for (const other of ['C', 'O', 'G', 'H', 'K', 'A']) {
      expect(await query(`T#acme#${other}#churn`), other).not.toBe('Allowed');
    }
    const get = { 'dynamodb:LeadingKeys': ['F#INVOCATIONS'] };
    expect(await may('SweepModels', 'dynamodb:GetItem', metrics(), get)).not.toBe('Allowed');
  });

  it('is invoked by the tick, and weekly for what versions were made from', () => {
    const schedules = ofType('AWS::Scheduler::Schedule').filter(([id]) =>
      id.startsWith('Monitoring'),
    );
    const shown = schedules.map(([, { Properties }]) => [
      Properties.ScheduleExpression,
      JSON.parse(Properties.Target.Input),
    ]);
    const at = '<aws.scheduler.scheduled-time>';
    expect(shown).toEqual(
      expect.arrayContaining([
        ['rate(1 hour)', { at, kinds: ['drift', 'performance', 'health'] }],
        ['cron(0 8 ? * MON *)', { at, kinds: ['dataset'] }],
      ]),
    );
    expect(shown).toHaveLength(2);
    for (const [, { Properties }] of schedules) {
      expect(Properties.Target.DeadLetterConfig).toBeDefined();
    }
  });

  it('comes as often as the configuration says', () => {
    const config = { ...readConfig(undefined), monitoring: { tickMinutes: 5 } };
    synthesise({ config }).monitoring.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
      Target: { Input: Match.stringLikeRegexp('health') },
    });
  });
});

describe('metrics', () => {
  it('are put into the namespace of Assay alone', async () => {
    for (const name of ['CheckModel', 'SweepModels']) {
      const put = (namespace: string) =>
        may(name, 'cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': namespace });
      expect(await put('Assay')).toBe('Allowed');
      expect(await put('AWS/Lambda')).not.toBe('Allowed');
      expect(await may(name, 'cloudwatch:PutMetricData', '*')).not.toBe('Allowed');
    }
  });
});

it('checks and sweeps can be found by the runbook', () => {
  expect([...functionIds().keys()]).toEqual(expect.arrayContaining(['CheckModel', 'SweepModels']));
  expect(
    Object.keys(productionStacks().monitoring.findOutputs('SweepModelsFunction')),
  ).toHaveLength(1);
});
