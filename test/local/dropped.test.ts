import { describe, expect, it } from 'vitest';
import { droppedSettings } from '../../local/dropped.ts';
import { type Deployed, parseTemplate, resolve } from '../../local/template.ts';

const deployed: Deployed = {
  physicalIds: { Bucket: 'data-bucket-1', Key: 'k-1', Table: 'data-table-1', Fn: 'fn-1' },
  types: { Bucket: 'AWS::S3::Bucket', Key: 'AWS::KMS::Key' },
  exports: { 'Data:KeyArn': 'arn:aws:kms:us-east-1:000000000000:key/k-2' },
  keyArnPrefix: 'arn:aws:kms:us-east-1:000000000000:key/',
};

const dropped = (id: string, Type: string, Properties: object) =>
  droppedSettings(
    parseTemplate(JSON.stringify({ Resources: { [id]: { Type, Properties } } })),
    deployed,
  );

describe('droppedSettings', () => {
  it('finds the encryption of a bucket and the key in the same stack', () => {
    const BucketEncryption = {
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: {
            SSEAlgorithm: 'aws:kms',
            KMSMasterKeyID: { 'Fn::GetAtt': ['Key', 'Arn'] },
          },
        },
      ],
    };
    expect(dropped('Bucket', 'AWS::S3::Bucket', { BucketEncryption })).toEqual([
      {
        setting: 'bucket-encryption',
        bucket: 'data-bucket-1',
        algorithm: 'aws:kms',
        keyArn: 'arn:aws:kms:us-east-1:000000000000:key/k-1',
        bucketKey: true,
      },
    ]);
  });

  it('translates lifecycle rules into the words of the API', () => {
    const LifecycleConfiguration = {
      Rules: [
        {
          Id: 'failed',
          Status: 'Enabled',
          TagFilters: [{ Key: 'state', Value: 'FAILED' }],
          ExpirationInDays: 30,
          NoncurrentVersionExpiration: { NoncurrentDays: 7 },
        },
        {
          Status: 'Enabled',
          Prefix: 'tmp/',
          TagFilters: [{ Key: 'a', Value: 'b' }],
          Transitions: [{ StorageClass: 'GLACIER', TransitionInDays: 90 }],
        },
        { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
      ],
    };
    expect(dropped('Bucket', 'AWS::S3::Bucket', { LifecycleConfiguration })).toMatchObject([
      {
        setting: 'bucket-lifecycle',
        rules: [
          {
            ID: 'failed',
            Filter: { Tag: { Key: 'state', Value: 'FAILED' } },
            Expiration: { Days: 30 },
            NoncurrentVersionExpiration: { NoncurrentDays: 7 },
          },
          {
            Filter: { And: { Prefix: 'tmp/', Tags: [{ Key: 'a', Value: 'b' }] } },
            Transitions: [{ StorageClass: 'GLACIER', Days: 90 }],
          },
          { Filter: { Prefix: '' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
        ],
      },
    ]);
  });

  it('refuses a lifecycle property it does not know, rather than to lose it', () => {
    const Rules = [{ Status: 'Enabled', ObjectSizeGreaterThan: '1' }];
    expect(() =>
      dropped('Bucket', 'AWS::S3::Bucket', { LifecycleConfiguration: { Rules } }),
    ).toThrow(/ObjectSizeGreaterThan/);
  });

  it('finds Object Lock with and without a default retention', () => {
    const retention = { Mode: 'COMPLIANCE', Days: 3 };
    expect(
      dropped('Bucket', 'AWS::S3::Bucket', {
        ObjectLockEnabled: true,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: retention },
        },
      }),
    ).toEqual([{ setting: 'bucket-object-lock', bucket: 'data-bucket-1', retention }]);
    expect(dropped('Bucket', 'AWS::S3::Bucket', { ObjectLockEnabled: true })).toEqual([
      { setting: 'bucket-object-lock', bucket: 'data-bucket-1', retention: undefined },
    ]);
  });

  it.each([
    [
      'AWS::DynamoDB::Table',
      { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
    ],
    [
      'AWS::DynamoDB::GlobalTable',
      { Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }] },
    ],
  ])('finds expiry and recovery of an %s', (type, recovery) => {
    const TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: true };
    expect(dropped('Table', type, { TimeToLiveSpecification, ...recovery })).toEqual([
      { setting: 'table-ttl', table: 'data-table-1', attribute: 'ttl' },
      { setting: 'table-recovery', table: 'data-table-1' },
    ]);
  });

  it('finds reserved concurrency, a zero that switches a function off included', () => {
    const none = dropped('Fn', 'AWS::Lambda::Function', { ReservedConcurrentExecutions: 0 });
    expect(none).toEqual([{ setting: 'function-concurrency', functionName: 'fn-1', reserved: 0 }]);
  });

  it('asks nothing of resources that are plain or of other types', () => {
    expect(dropped('Bucket', 'AWS::S3::Bucket', {})).toEqual([]);
    expect(dropped('Other', 'AWS::SNS::Topic', { TopicName: 'x' })).toEqual([]);
  });
});

describe('resolve', () => {
  it('takes text, references and imports', () => {
    expect(resolve('plain', deployed)).toBe('plain');
    expect(resolve({ Ref: 'Bucket' }, deployed)).toBe('data-bucket-1');
    expect(resolve({ 'Fn::ImportValue': 'Data:KeyArn' }, deployed)).toBe(
      'arn:aws:kms:us-east-1:000000000000:key/k-2',
    );
  });

  it.each([
    [{ Ref: 'Absent' }, 'no such resource'],
    [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'Bucket is no KMS key'],
    [{ 'Fn::ImportValue': 'Absent' }, 'no stack exports that name'],
    [{ 'Fn::Sub': 'x' }, 'expected text, Ref'],
  ])('refuses %j', (expression, why) => {
    expect(() => resolve(expression, deployed)).toThrow(why);
  });
});
