import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { arnOf, ofType } from '../support/deployed.ts';
import { type Asked, actionsOf, allowed, arn, decide, roleOf } from '../support/permissions.ts';
import { ACCOUNT, productionStacks, REGION, synthesise } from '../support/stacks.ts';

const alarm = (name: string) => `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`;
const topic = (start: string) => arn('AWS::SNS::Topic', start);

describe('alarms of models', () => {
  it('are put and deleted by ReconcileAlarms alone, and no others by anybody', async () => {
    for (const action of ['PutMetricAlarm', 'DeleteAlarms']) {
      const asked = (name: string) => ({
        action: `cloudwatch:${action}`,
        resource: alarm(name),
      });
      expect(await allowed(asked('assay/acme/churn/ModelHarm'))).toEqual(['ReconcileAlarms']);
      expect(await allowed(asked('RollbackHeld'))).toEqual([]);
    }
  });

  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
  it('have their composites put by ReconcileAlarms alone, with a right to all, as CloudWatch asks', async () => {
    const asked = { action: 'cloudwatch:PutCompositeAlarm', resource: '*' };
    expect(await allowed(asked)).toEqual(['ReconcileAlarms']);
  });

  it.each(['SetAlarmState', 'DisableAlarmActions'])('suffer no %s', async (action) => {
    const resource = alarm('assay/acme/churn/ModelHarm');
    expect(await allowed({ action: `cloudwatch:${action}`, resource })).toEqual([]);
  });

  it('follow the registry, which their function cannot write', () => {
    const actions = actionsOf(roleOf('ReconcileAlarms'));
    expect(actions.filter((action) => !/^(logs|xray|sqs|kms):/.test(action))).toEqual([
      ...['cloudwatch:DeleteAlarms', 'cloudwatch:DescribeAlarms', 'cloudwatch:PutCompositeAlarm'],
      ...['cloudwatch:PutMetricAlarm', 'cloudwatch:PutMetricData'],
      ...['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
    ]);
  });

  it('are made of metrics of Assay’s own namespace', async () => {
    const asked = (namespace: string): Asked => ({
      action: 'cloudwatch:PutMetricData',
      resource: '*',
      context: { 'cloudwatch:namespace': namespace },
    });
    const reconcile = roleOf('ReconcileAlarms');
    expect(await decide(reconcile, asked('Assay'))).toBe('Allowed');
    expect(await decide(reconcile, asked('AWS/Lambda'))).not.toBe('Allowed');
  });

  it('are looked at again when a version is promoted, a trial or a policy changes, and daily', () => {
    const { monitoring } = productionStacks();
    const rules = ofType('AWS::Events::Rule').filter(([id]) => id.startsWith('ModelAlarms'));
    const patterns = rules.map(([, { Properties }]) => Properties.EventPattern);
    expect(patterns).toHaveLength(2);
    expect(patterns).toContainEqual({
      source: ['io.assay'],
      'detail-type': ['io.assay.version.state.changed.v1'],
      detail: { data: { to: ['PRODUCTION'] } },
    });
    expect(patterns.flatMap((pattern) => pattern['detail-type'])).toEqual(
      expect.arrayContaining([
        'io.assay.rollout.begun.v1',
        'io.assay.rollout.aborted.v1',
        'io.assay.rollout.rolledback.v1',
        'io.assay.rollout.faulted.v1',
        'io.assay.policy.changed.v1',
      ]),
    );
    monitoring.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 day)',
      Target: { Input: '{}', DeadLetterConfig: Match.anyValue() },
    });
  });

  it('are told to NotifyOnCall by their topic, and to the function that rolls back by theirs', () => {
    const subscribers = (start: string) =>
      ofType('AWS::SNS::Subscription')
        .filter(([, { Properties }]) => Properties.TopicArn === topic(start))
        .map(([, { Properties }]) => Properties.Endpoint.split(':').at(-1));
    expect(subscribers('TopicsModels')).toEqual([expect.stringContaining('NotifyOnCall')]);
    expect(subscribers('TopicsRollbacks')).toEqual([
      expect.stringContaining('RequestRollbackOnAlarm'),
    ]);
  });

  it.each(['ReconcileAlarms', 'NotifyOnCall'])('%s puts aside what it cannot do', (name) => {
    const own = ofType('AWS::Lambda::EventInvokeConfig').find(([, { Properties }]) =>
      Properties.FunctionName.includes(name),
    );
    expect(own?.[1].Properties).toMatchObject({
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: expect.stringContaining(name) } },
    });
  });
});

describe('NotifyOnCall', () => {
  const notify = () => roleOf('NotifyOnCall');

  it('publishes to the topic that people are paged by, and to no other', async () => {
    const publish = (start: string) =>
      decide(notify(), { action: 'sns:Publish', resource: topic(start) });
    expect(await publish('TopicsAlarms')).toBe('Allowed');
    for (const other of ['Models', 'Rollbacks', 'Approvals', 'Notices', 'Warnings']) {
      const start = `Topics${other}`;
      expect(await publish(start), start).not.toBe('Allowed');
    }
  });

  it('reads reports, and nothing else that is evidence', async () => {
    const bucket = arn('AWS::S3::Bucket', 'Evidence');
    const read = (key: string) =>
      decide(notify(), { action: 's3:GetObject', resource: `${bucket}/${key}` });
    expect(await read('drift-reports/acme/churn/0.json')).toBe('Allowed');
    expect(await read('versions/acme/churn/1.0.0/0/artifact.json')).not.toBe('Allowed');
  });

  it('finds reports by their model, and reads nothing of what was seen or came true', async () => {
    const read = (action: string, partition: string) =>
      decide(notify(), {
        action,
        resource: arn('AWS::DynamoDB::GlobalTable', 'Metrics'),
        context: { 'dynamodb:LeadingKeys': [partition] },
      });
    expect(await read('dynamodb:Query', 'T#acme#K#churn')).toBe('Allowed');
    for (const other of ['T#acme#H#churn', 'T#acme#G#churn', 'T#acme#C#churn', 'F#INVOCATIONS']) {
      expect(await read('dynamodb:Query', other), other).not.toBe('Allowed');
      expect(await read('dynamodb:GetItem', other), other).not.toBe('Allowed');
    }
  });

  it('reads no secret where the deployment names none, writes nothing and starts nothing', () => {
    const actions = actionsOf(notify()).filter((action) => !/^(logs|xray|sqs|kms):/.test(action));
    expect(actions).toEqual([
      'dynamodb:Query',
      ...['s3:GetObject', 's3:GetObjectVersion', 'sns:Publish'],
    ]);
  });

  it('knows of every sink that the deployment names, and reads the secrets of those', () => {
    const secret = (name: string) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}`;
    const { monitoring } = synthesise({
      config: {
        ...readConfig(undefined),
        notify: {
          pagerDutySecret: secret('pd'),
          webhook: { url: 'https://ops.example.com/hook', secret: secret('hook') },
          github: { repository: 'acme/models', tokenSecret: secret('gh'), closes: false },
        },
      },
    });
    monitoring.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          PAGER_DUTY_SECRET_ARN: secret('pd'),
          WEBHOOK_URL: 'https://ops.example.com/hook',
          WEBHOOK_SECRET_ARN: secret('hook'),
          GITHUB_REPOSITORY: 'acme/models',
          GITHUB_TOKEN_SECRET_ARN: secret('gh'),
          GITHUB_CLOSES: 'false',
        },
      },
    });
    monitoring.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'secretsmanager:GetSecretValue',
            Resource: [secret('gh'), secret('hook'), secret('pd')],
          }),
        ]),
      },
    });
  });
});

describe('notices', () => {
  it('say which version came to production and which was rolled back, by their own topic', () => {
    const rules = ofType('AWS::Events::Rule').filter(([id]) => id.startsWith('Notices'));
    expect(rules.map(([, { Properties }]) => Properties.EventPattern['detail-type'])).toEqual([
      ['io.assay.version.state.changed.v1'],
      ['io.assay.rollout.rolledback.v1'],
    ]);
    for (const [, { Properties }] of rules) {
      expect(Properties.Targets).toMatchObject([
        {
          Arn: topic('TopicsNotices'),
          DeadLetterConfig: { Arn: expect.stringContaining('Notice') },
        },
      ]);
    }
  });
});

describe('topics that alarms act by', () => {
  it('let alarms of the account publish, and the others do not', () => {
    const open = ofType('AWS::SNS::TopicPolicy')
      .filter(([, { Properties }]) =>
        Properties.PolicyDocument.Statement.some(
          ({ Principal }: { Principal: { Service?: string } }) =>
            Principal.Service === 'cloudwatch.amazonaws.com',
        ),
      )
      .flatMap(([, { Properties }]) => Properties.Topics);
    const ids = ofType('AWS::SNS::Topic').filter(([id]) => open.includes(arnOf(id)));
    expect(ids.map(([id]) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual([
      ...['TopicsAlarms', 'TopicsModels', 'TopicsRollbacks', 'TopicsWarnings'],
    ]);
  });
});
