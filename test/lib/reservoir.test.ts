import type { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { productionStacks, synthesise } from '../support/stacks.ts';

const config = {
  ...readConfig(undefined),
  capture: { reservoirShare: 0.01, omit: ['name', 'x/age'] },
};

let data: Template;
let assay: Template;
beforeAll(() => {
  const plugins = (app: ConstructorParameters<typeof AwsSolutionsChecks>[0]) => [
    new AwsSolutionsChecks(app),
  ];
  ({ data, assay } = synthesise({ config, plugins }));
});

const policiesOf = (template: Template, role: RegExp) =>
  Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => role.test(JSON.stringify(Properties.Roles)))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

describe('the reservoir', () => {
  it('is not there unless the deployment asks for a share', () => {
    const { assay: without } = productionStacks();
    without.resourceCountIs('AWS::KinesisFirehose::DeliveryStream', 0);
    expect(JSON.stringify(without.toJSON())).not.toContain('RESERVOIR');
  });

  it('delivers packed and encrypted rows below its own prefix, errors too', () => {
    assay.resourceCountIs('AWS::KinesisFirehose::DeliveryStream', 1);
    assay.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
      ExtendedS3DestinationConfiguration: {
        Prefix: 'reservoir/!{timestamp:yyyy/MM/dd/HH}/',
        ErrorOutputPrefix: 'reservoir/errors/!{firehose:error-output-type}/',
        CompressionFormat: 'GZIP',
        FileExtension: '.jsonl.gz',
      },
    });
  });

  it('is delivered by a role that writes there and nowhere else, and deletes nothing', () => {
    const statements = policiesOf(assay, /ReservoirDeliveryRole/);
    const actions = [...new Set(statements.flatMap(({ Action }) => Action))].sort();
    expect(actions).toEqual([
      ...['kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      ...['s3:AbortMultipartUpload', 's3:GetBucketLocation', 's3:GetObject', 's3:ListBucket'],
      ...['s3:ListBucketMultipartUploads', 's3:PutObject'],
    ]);
    const writing = statements.filter(({ Action }) => [Action].flat().includes('s3:PutObject'));
    expect(writing).toHaveLength(1);
    expect(JSON.stringify(writing[0].Resource)).toContain('/reservoir/*');
  });

  // https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#firehose-assume-role
  it('is assumed by Firehose alone, on the terms that Firehose documents', () => {
    const roles = Object.entries(assay.findResources('AWS::IAM::Role')).filter(([id]) =>
      id.includes('ReservoirDeliveryRole'),
    );
    expect(roles).toHaveLength(1);
    expect(roles[0]?.[1].Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'firehose.amazonaws.com' },
      },
    ]);
  });

  it('gets rows from Infer alone, which can do nothing else with it', () => {
    const policies = Object.values(assay.findResources('AWS::IAM::Policy')).filter((policy) =>
      JSON.stringify(policy).includes('firehose:'),
    );
    expect(policies).toHaveLength(1);
    const [{ Properties } = { Properties: {} }] = policies;
    expect(JSON.stringify(Properties.Roles)).toMatch(/InferRole/);
    const actions = Properties.PolicyDocument.Statement.flatMap(
      ({ Action }: { Action: string | string[] }) => Action,
    ).filter((action: string) => action.startsWith('firehose:'));
    expect(actions).toEqual(['firehose:PutRecordBatch']);
    assay.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: { RESERVOIR_SHARE: '0.01', RESERVOIR_OMIT: '["name","x/age"]' },
      },
    });
  });

  it('is forgotten after 30 days, and captures after 400', () => {
    const [bucket] = Object.entries(data.findResources('AWS::S3::Bucket')).filter(([id]) =>
      id.startsWith('DataBucket'),
    );
    const rules = bucket?.[1].Properties.LifecycleConfiguration.Rules;
    expect(rules).toContainEqual(
      expect.objectContaining({
        ...{ Id: 'Reservoir', Prefix: 'reservoir/', ExpirationInDays: 30 },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      }),
    );
    expect(rules).toContainEqual(
      expect.objectContaining({ Prefix: 'captures/', ExpirationInDays: 400 }),
    );
  });
});
