import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { ofType } from '../support/deployed.ts';
import { actionsOf, allowed, arn, roleOf } from '../support/permissions.ts';
import { productionStacks, synthesise } from '../support/stacks.ts';

const data = () => arn('AWS::S3::Bucket', 'Data');
const evidence = () => arn('AWS::S3::Bucket', 'Evidence');
const table = () => arn('AWS::DynamoDB::GlobalTable', 'Registry');
const functionId = (start: string): string => {
  const [id] = ofType('AWS::Lambda::Function').find(([each]) => each.includes(start)) ?? [];
  if (!id) throw new Error(`no function ${start}`);
  return id;
};

describe('the data bucket', () => {
  it('tells EventBridge of what is written, and forgets what was replaced or imported', () => {
    const [, bucket] = ofType('AWS::S3::Bucket').find(([id]) => id.startsWith('Data')) ?? [];
    expect(bucket?.Properties.NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
    expect(bucket?.Properties.LifecycleConfiguration.Rules).toMatchObject([
      { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
      { NoncurrentVersionExpiration: { NoncurrentDays: 90 } },
      { Prefix: 'evaluations/', ExpirationInDays: 90 },
      { Prefix: 'captures/', ExpirationInDays: 400 },
      { Prefix: 'reservoir/', ExpirationInDays: 30 },
      { Prefix: 'advisories/import/', ExpirationInDays: 30 },
    ]);
  });
});

describe('snapshots of advisories', () => {
  const readers = ['JudgeDependencies', 'ReevaluateDependencies', 'RefreshAdvisories'];

  it.each(['advisories/index.json', 'advisories/shards/0.json', 'advisories/snapshots/0.json'])(
    'at %s are written by RefreshAdvisories alone, and read by those that judge',
    async (key) => {
      const resource = `${data()}/${key}`;
      expect(await allowed({ action: 's3:PutObject', resource })).toEqual(['RefreshAdvisories']);
      expect(await allowed({ action: 's3:GetObject', resource })).toEqual(readers);
    },
  );

  it('are brought by no function, and deleted by none', async () => {
    const brought = `${data()}/advisories/import/all.zip`;
    expect(await allowed({ action: 's3:PutObject', resource: brought })).toEqual([]);
    for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion']) {
      expect(await allowed({ action, resource: `${data()}/advisories/index.json` })).toEqual([]);
    }
  });

  it('are all that those functions reach in the bucket', async () => {
    for (const action of ['s3:GetObject', 's3:PutObject']) {
      const reached = await allowed({ action, resource: `${data()}/captures/1.json` });
      expect(reached.filter((name) => readers.includes(name))).toEqual([]);
    }
  });
});

describe('RefreshAdvisories', () => {
  it('reaches neither the registry nor any other bucket', () => {
    expect(actionsOf(roleOf('RefreshAdvisories'))).toEqual(
      [
        'kms:Decrypt',
        'kms:GenerateDataKey',
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        's3:GetObject',
        's3:ListBucket',
        's3:PutObject',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:SendMessage',
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ].sort(),
    );
  });

  it('downloads every day from the configured address', () => {
    const daily = ofType('AWS::Scheduler::Schedule').find(([id]) => id.startsWith('Advisories'));
    expect(daily?.[1].Properties).toMatchObject({
      ScheduleExpression: 'rate(1 day)',
      Target: { Input: '{"source":"download"}' },
    });
    productionStacks().assay.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          ADVISORIES_URL: 'https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip',
        },
      },
    });
  });

  it('downloads nothing where there is no address, and waits longer for what people bring', () => {
    const { assay } = synthesise({
      config: { ...readConfig(undefined), advisories: { url: null } },
    });
    expect(JSON.stringify(assay.toJSON())).not.toContain('ADVISORIES_URL');
    const schedules = Object.keys(assay.findResources('AWS::Scheduler::Schedule'));
    expect(schedules.filter((id) => id.startsWith('Advisories'))).toEqual([]);
    assay.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([
        Match.objectLike({
          MetricStat: Match.objectLike({
            Metric: Match.objectLike({ MetricName: 'AdvisoriesRefreshed' }),
          }),
        }),
      ]),
      EvaluationPeriods: 6,
    });
  });
});

describe('ReevaluateDependencies', () => {
  it('adds results to versions, and writes nothing else', async () => {
    const result = `${evidence()}/versions/acme/iris/1.0.0/0/reevaluations/dependencies/0.json`;
    const context = { 's3:if-none-match': '*' };
    const asked = { action: 's3:PutObject', context };
    expect(await allowed({ ...asked, resource: result })).toEqual(['ReevaluateDependencies']);
    for (const other of ['gates/dependencies/0.json', 'artifact.json', 'admission/0.json']) {
      const resource = `${evidence()}/versions/acme/iris/1.0.0/0/${other}`;
      expect(await allowed({ ...asked, resource })).not.toContain('ReevaluateDependencies');
    }
  });

  it('is the one that writes what it found to the registry, and writes no version there', async () => {
    const writing = (partition: string) => ({
      action: 'dynamodb:PutItem',
      resource: table(),
      context: { 'dynamodb:LeadingKeys': [partition] },
    });
    expect(await allowed(writing('T#acme#D#iris'))).toEqual(['ReevaluateDependencies']);
    for (const partition of ['T#acme#M#iris', 'T#acme#R#iris', 'T#acme#P#iris']) {
      expect(await allowed(writing(partition))).not.toContain('ReevaluateDependencies');
    }
  });
});

describe('a rule of the data bucket', () => {
  it.each([
    ['advisories/import/all.zip', 'RefreshAdvisories', '{"source":"import"}'],
    ['advisories/index.json', 'ReevaluateDependencies', undefined],
  ])('starts for %s exactly %s', (key, started, input) => {
    const rules = ofType('AWS::Events::Rule').filter(
      ([, { Properties }]) => Properties.EventPattern.detail?.object?.key[0] === key,
    );
    expect(rules).toHaveLength(1);
    const [[, { Properties }] = ['', { Properties: {} }]] = rules;
    expect(Properties.EventPattern).toMatchObject({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: [data().split(':').at(-1)] } },
    });
    expect(Properties.Targets).toMatchObject([
      { Arn: expect.stringMatching(new RegExp(`:${functionId(started)}$`)) },
    ]);
    expect(Properties.Targets[0].Input).toBe(input);
  });

  it('starts a function that puts aside what it cannot do', () => {
    const configs = ofType('AWS::Lambda::EventInvokeConfig');
    for (const name of ['RefreshAdvisories', 'ReevaluateDependencies']) {
      const own = configs.find(
        ([, { Properties }]) => Properties.FunctionName === functionId(name),
      );
      expect(own?.[1].Properties.MaximumRetryAttempts).toBe(2);
      expect(own?.[1].Properties.DestinationConfig.OnFailure.Destination).toContain(name);
    }
  });
});
