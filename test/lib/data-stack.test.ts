import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { ofType, type Resource } from '../support/deployed.ts';
import { productionStacks, synthesise } from '../support/stacks.ts';

/** Types that hold what nobody can make again, or keep who may touch it. */
const LASTING = [
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::DynamoDB::GlobalTable',
  'AWS::KMS::Key',
  'AWS::Cognito::UserPool',
];

const buckets = () => ofType('AWS::S3::Bucket').map(([id, { Properties }]) => ({ id, Properties }));

describe('every bucket', () => {
  it('is closed to the public and to access lists', () => {
    for (const { id, Properties } of buckets()) {
      expect(Properties.PublicAccessBlockConfiguration, id).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties.OwnershipControls.Rules, id).toEqual([
        { ObjectOwnership: 'BucketOwnerEnforced' },
      ]);
    }
  });

  it('denies plain HTTP to everybody', () => {
    const policies = ofType('AWS::S3::BucketPolicy').map(([, { Properties }]) => Properties);
    for (const { id } of buckets()) {
      const own = policies.find(({ Bucket }) => Bucket === id.toLowerCase());
      expect(own?.PolicyDocument.Statement, id).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 's3:*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
    }
  });

  it('is encrypted, the three with data by our key, with Bucket Keys', () => {
    const rules = buckets().map(({ Properties }) => ({
      [Properties.VersioningConfiguration ? 'data' : 'logs']:
        Properties.BucketEncryption.ServerSideEncryptionConfiguration[0],
    }));
    const ours = {
      BucketKeyEnabled: true,
      ServerSideEncryptionByDefault: {
        SSEAlgorithm: 'aws:kms',
        KMSMasterKeyID: expect.stringContaining('key/DataKey'),
      },
    };
    expect(rules).toEqual([
      { logs: { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } } },
      { data: ours },
      { data: ours },
      { data: ours },
    ]);
  });

  it('with data is versioned, can lock what must stay, and is logged where S3 may deliver', () => {
    const [logs, ...data] = buckets();
    const [, logPolicy] =
      ofType('AWS::S3::BucketPolicy').find(([id]) => id.startsWith('AccessLogs')) ?? [];
    for (const { id, Properties } of data) {
      expect(Properties.VersioningConfiguration, id).toEqual({ Status: 'Enabled' });
      expect(Properties.ObjectLockEnabled ?? false, id).toBe(!id.startsWith('Data'));
      const { DestinationBucketName, LogFilePrefix } = Properties.LoggingConfiguration;
      expect(DestinationBucketName).toBe(logs?.id.toLowerCase());
      expect(logPolicy?.Properties.PolicyDocument.Statement).toContainEqual({
        Effect: 'Allow',
        Principal: { Service: 'logging.s3.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${DestinationBucketName}/${LogFilePrefix}*`,
        Condition: {
          ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${id.toLowerCase()}` },
          StringEquals: { 'aws:SourceAccount': '111122223333' },
        },
      });
    }
  });
});

describe('the artifact bucket', () => {
  it('tells EventBridge of every upload, and locks nothing by itself', () => {
    productionStacks().data.hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: Match.absent(),
    });
  });

  it('forgets uploads that were never finished', () => {
    productionStacks().data.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: [Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } })],
      },
    });
  });
});

describe('the evidence bucket', () => {
  it('locks everything for ten years, against everybody', () => {
    productionStacks().data.hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 3650 } },
      },
    });
  });
});

describe('the registry table', () => {
  it('can be restored, is encrypted by our key, streams, and is billed by use', () => {
    const { data } = productionStacks();
    data.resourceCountIs('AWS::DynamoDB::GlobalTable', 2);
    data.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [
        Match.objectLike({
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: {
            KMSMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DataKey'), 'Arn'] },
          },
        }),
      ],
    });
  });

  it('has the keys and indexes that the adapters ask for', () => {
    productionStacks().data.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: 'PK', KeyType: 'HASH' },
        { AttributeName: 'SK', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        Match.objectLike({ IndexName: 'byState', Projection: { ProjectionType: 'ALL' } }),
        Match.objectLike({ IndexName: 'byType', Projection: { ProjectionType: 'ALL' } }),
      ],
    });
  });
});

describe('the metrics table', () => {
  it('forgets what has expired, can be restored, is encrypted by our key, and is billed by use', () => {
    productionStacks().data.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      KeySchema: [
        { AttributeName: 'PK', KeyType: 'HASH' },
        { AttributeName: 'SK', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [
        Match.objectLike({
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: {
            KMSMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DataKey'), 'Arn'] },
          },
        }),
      ],
    });
  });

  it('is the only one that forgets', () => {
    const forgetting = ofType('AWS::DynamoDB::GlobalTable').filter(
      ([, { Properties }]) => Properties.TimeToLiveSpecification,
    );
    expect(forgetting.map(([id]) => id.slice(0, 7))).toEqual(['Metrics']);
  });
});

describe('the keys', () => {
  it('that derive are of HMAC with SHA-256 and do nothing else', () => {
    productionStacks().data.hasResourceProperties('AWS::KMS::Key', {
      KeySpec: 'HMAC_256',
      KeyUsage: 'GENERATE_VERIFY_MAC',
    });
  });

  it('that sign are P-256 and do nothing else', () => {
    const signing = ofType('AWS::KMS::Key').filter(
      ([id, { Properties }]) => Properties.KeySpec && !id.startsWith('DerivationKey'),
    );
    expect(signing.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      'ArtifactKey',
      'AttestationKey',
    ]);
    for (const [, { Properties }] of signing) {
      expect(Properties).toMatchObject({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    }
  });

  it('that encrypt are rotated', () => {
    const encrypting = ofType('AWS::KMS::Key').filter(([, { Properties }]) => !Properties.KeySpec);
    expect(encrypting).toHaveLength(2);
    for (const [id, { Properties }] of encrypting)
      expect(Properties.EnableKeyRotation, id).toBe(true);
  });

  it('are lent to alarms of this account alone, and to EventBridge without a condition it cannot meet', () => {
    const [, key] = ofType('AWS::KMS::Key').find(([id]) => id.startsWith('TopicKey')) ?? [];
    const statements: { Principal: { Service?: string }; Condition?: unknown }[] =
      key?.Properties.KeyPolicy.Statement;
    const conditions = (service: string) =>
      statements.flatMap(({ Principal, Condition }) =>
        Principal.Service === service ? [Condition] : [],
      );
    expect(conditions('cloudwatch.amazonaws.com')).toEqual([
      { StringEquals: { 'aws:SourceAccount': '111122223333' } },
    ]);
    // "Adding the aws:SourceAccount and aws:SourceArn to a AWS KMS policy is not supported for
    // EventBridge-to-encrypted topics": docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    expect(new Set(conditions('events.amazonaws.com'))).toEqual(new Set([undefined]));
  });

  it('are governed by the account, and used besides by no service but those that tell people', () => {
    for (const [id, { Properties }] of ofType('AWS::KMS::Key')) {
      const principals = Properties.KeyPolicy.Statement.map(
        ({ Principal }: { Principal: unknown }) => JSON.stringify(Principal),
      );
      const root = '{"AWS":"arn:aws:iam::111122223333:root"}';
      const tells = [
        '{"Service":"cloudwatch.amazonaws.com"}',
        '{"Service":"events.amazonaws.com"}',
      ];
      expect(principals.sort(), id).toEqual(
        id.startsWith('TopicKey') ? [root, ...tells].sort() : [root],
      );
    }
  });
});

describe('retainData, deletionProtection and evidenceRetention', () => {
  const lasting = (stacks: ReturnType<typeof synthesise>): [string, Kept][] =>
    Object.values(stacks)
      .flatMap((template) => Object.entries(template.toJSON().Resources as Record<string, Kept>))
      .filter(([id, { Type }]) => LASTING.includes(Type) && !id.startsWith('TopicKey'));

  interface Kept extends Resource {
    readonly DeletionPolicy: string;
    readonly UpdateReplacePolicy: string;
  }

  const protections = (stacks: ReturnType<typeof synthesise>) => [
    ...Object.values(stacks.data.findResources('AWS::DynamoDB::GlobalTable')).map(
      ({ Properties }) => Properties.Replicas[0].DeletionProtectionEnabled,
    ),
    ...Object.values(stacks.data.findResources('AWS::Cognito::UserPool')).map(
      ({ Properties }) => Properties.DeletionProtection,
    ),
  ];

  it('keep every bucket with its policy, table, user pool and key of data, unless told otherwise', () => {
    const kept = lasting(productionStacks());
    expect(kept).toHaveLength(15);
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of kept) {
      expect(DeletionPolicy, id).toMatch(/^Retain/);
      expect(UpdateReplacePolicy, id).toBe('Retain');
    }
    expect(protections(productionStacks())).toEqual([true, true, 'ACTIVE']);
  });

  it('leave nothing behind of a stack that is rolled back as it is made, but what AWS protects and its key', () => {
    const types = (policy: string) =>
      lasting(productionStacks()).flatMap(([, { Type, DeletionPolicy }]) =>
        DeletionPolicy === policy ? [Type] : [],
      );
    // CloudFormation would fail to delete these, and leave a stack that takes no further deployment.
    expect(types('Retain').sort()).toEqual([
      'AWS::Cognito::UserPool',
      'AWS::DynamoDB::GlobalTable',
      'AWS::DynamoDB::GlobalTable',
      'AWS::KMS::Key',
    ]);
    expect(new Set(types('RetainExceptOnCreate'))).toEqual(
      new Set(['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'AWS::KMS::Key']),
    );
  });

  it('keep who is in which group, as long as the pool', () => {
    productionStacks().data.allResources('AWS::Cognito::UserPoolGroup', {
      DeletionPolicy: 'RetainExceptOnCreate',
    });
  });

  it('are not asked in the stack that can be deployed again: it holds no data', () => {
    const { assay } = productionStacks();
    const types = Object.values(assay.toJSON().Resources as Record<string, Kept>);
    expect(types.filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith('Retain'))).toEqual([]);
  });

  it('each switch what they say and nothing else', () => {
    const config = readConfig(undefined);
    const unkept = synthesise({
      config: {
        ...config,
        retainData: false,
        evidenceRetention: { mode: 'GOVERNANCE', days: 1 },
      },
    });
    for (const [id, { DeletionPolicy }] of lasting(unkept))
      expect(DeletionPolicy, id).toBe('Delete');
    expect(protections(unkept)).toEqual([true, true, 'ACTIVE']);

    unkept.data.hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } },
    });

    const unprotected = synthesise({ config: { ...config, deletionProtection: false } });
    for (const [id, { DeletionPolicy }] of lasting(unprotected)) {
      expect(DeletionPolicy, id).toBe('RetainExceptOnCreate');
    }
    expect(protections(unprotected)).toEqual([false, false, 'INACTIVE']);
  });
});
