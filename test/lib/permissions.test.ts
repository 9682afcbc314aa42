import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { UploadSessions } from '#aws/upload-sessions.ts';
import { ofType } from '../support/deployed.ts';
import {
  type Asked,
  actionsOf,
  allowed,
  arn,
  decide,
  roleOf,
  statementsOf,
} from '../support/permissions.ts';

const GATES = [
  'CheckIntegrity',
  'CheckSchema',
  'DriveLoad',
  'JudgeDataset',
  'JudgeDependencies',
  'JudgePrivacy',
  'MeasurePerformance',
  'MeasureRobustness',
  'RecordGateFault',
  'ReplayGoldenCases',
  'ScanArtifact',
];
const ofGates = (...others: string[]) => [...GATES, ...others].sort();

const artifactKey = () => arn('AWS::KMS::Key', 'ArtifactKey');
const attestationKey = () => arn('AWS::KMS::Key', 'AttestationKey');
const dataKey = () => arn('AWS::KMS::Key', 'DataKey');
const artifacts = () => arn('AWS::S3::Bucket', 'Artifacts');
const evidence = () => arn('AWS::S3::Bucket', 'Evidence');
const table = () => arn('AWS::DynamoDB::GlobalTable', 'Registry');

const DIGEST = { 'kms:MessageType': 'DIGEST', 'kms:SigningAlgorithm': 'ECDSA_SHA_256' };

describe('signing', () => {
  it('lets SignDigest alone sign with the artifact key', async () => {
    const asked = { action: 'kms:Sign', resource: artifactKey(), context: DIGEST };
    expect(await allowed(asked)).toEqual(['SignDigest']);
  });

  it('lets those who attest and admit alone sign with the attestation key', async () => {
    const asked = { action: 'kms:Sign', resource: attestationKey(), context: DIGEST };
    expect(await allowed(asked)).toEqual([
      'AdmitStaging',
      'AdmitVersion',
      'AttestGates',
      'DescribeVersion',
    ]);
  });

  it.each([
    ['a message that KMS hashes itself', { ...DIGEST, 'kms:MessageType': 'RAW' }],
    ['by another algorithm', { ...DIGEST, 'kms:SigningAlgorithm': 'RSASSA_PSS_SHA_256' }],
    ['without saying what', {}],
  ])('lets nobody sign %s', async (_, context) => {
    for (const resource of [artifactKey(), attestationKey()]) {
      expect(await allowed({ action: 'kms:Sign', resource, context })).toEqual([]);
    }
  });

  it.each([
    'kms:ScheduleKeyDeletion',
    'kms:DisableKey',
    'kms:PutKeyPolicy',
    'kms:CreateGrant',
    'kms:UpdateAlias',
  ])('lets nobody do %s to a key', async (action) => {
    for (const resource of [artifactKey(), attestationKey(), dataKey()]) {
      expect(await allowed({ action, resource })).toEqual([]);
    }
  });

  it('gives public keys to those that verify', async () => {
    expect(await allowed({ action: 'kms:GetPublicKey', resource: artifactKey() })).toEqual(
      ['CheckIntegrity', 'Infer', 'InferStaging', 'ServeApi', 'SignDigest'].sort(),
    );
    expect(await allowed({ action: 'kms:GetPublicKey', resource: attestationKey() })).toEqual([
      ...['AdmitStaging', 'AdmitVersion', 'AttestGates', 'DescribeVersion'],
      ...['Infer', 'InferStaging', 'ServeApi'],
    ]);
  });
});

describe('the registry table', () => {
  const writing = (partition: string): Omit<Asked, 'action'> => ({
    resource: table(),
    context: { 'dynamodb:LeadingKeys': [partition, 'AUD#01'] },
  });

  it.each([
    [
      'versions',
      'T#acme#M#churn',
      ofGates(
        'ActivateVersion',
        'AdmitStaging',
        'AdmitVersion',
        'AttestGates',
        'ConcludeGates',
        'DescribeVersion',
        'FailRelease',
        'RegisterVersion',
        'RequestApproval',
        'SettleApproval',
        'SignDigest',
      ),
    ],
    ['digests', `T#acme#SHA#${'a'.repeat(64)}`, ['RegisterVersion']],
    ['lineage', 'T#acme#N#churn@1.0.0', ['RegisterVersion']],
    ['claims', 'T#acme#REL#b#k#v', ['ClaimUpload', 'FailRelease', 'RegisterVersion']],
    [
      'approvals',
      'T#acme#AP#1',
      ['RequestApproval', 'ServeApi', 'SettleApproval', 'WakeApprovals'],
    ],
    ['routes', 'T#acme#R#churn', ['ActivateVersion']],
    ['policies', 'T#acme#P#churn', ['ActivateVersion', 'ServeApi']],
    ['policies of tenants', 'T#acme#P#*', ['ActivateVersion', 'ServeApi']],
    ['reevaluations', 'T#acme#D#churn', ['ReevaluateDependencies']],
    ['people', 'PERSON#cognito:1', ['MapPerson']],
    ['anything else', 'T#acme#X#1', []],
  ])('lets %s be written by few', async (_, partition, writers) => {
    for (const action of ['dynamodb:PutItem', 'dynamodb:UpdateItem']) {
      expect(await allowed({ action, ...writing(partition) })).toEqual(writers);
    }
  });

  it('lets the API say whose its own upload sessions are, and no other principal', async () => {
    const session = `PERSON#AROA${roleOf('GovernanceUploadRole').toUpperCase()}:ann`;
    const api = roleOf('ServeApi');
    const action = 'dynamodb:PutItem';
    expect(await decide(api, { action, ...writing(session) })).toBe('Allowed');
    expect(await decide(api, { action, ...writing('PERSON#AIDAEXAMPLE') })).not.toBe('Allowed');
  });

  it('lets an activation depend on approvals and digests, which it cannot write', async () => {
    for (const partition of ['T#acme#AP#1', `T#acme#SHA#${'a'.repeat(64)}`]) {
      const asked = {
        action: 'dynamodb:ConditionCheckItem',
        resource: table(),
        context: { 'dynamodb:LeadingKeys': [partition] },
      };
      expect(await allowed(asked)).toEqual(['ActivateVersion']);
    }
  });

  it.each([
    'dynamodb:DeleteItem',
    'dynamodb:BatchWriteItem',
    'dynamodb:Scan',
    'dynamodb:PartiQLUpdate',
    'dynamodb:PartiQLDelete',
    'dynamodb:PartiQLInsert',
    'dynamodb:UpdateTable',
    'dynamodb:DeleteTable',
  ])('lets nobody do %s', async (action) => {
    expect(await allowed({ action, resource: table() })).toEqual([]);
  });
});

describe('evidence', () => {
  const at = (key: string, context: Asked['context']): Asked => ({
    action: 's3:PutObject',
    resource: `${evidence()}/${key}`,
    context,
  });
  const ONCE = { 's3:if-none-match': '*', 's3:ObjectCreationOperation': 'true' };
  const version = 'versions/acme/churn/1.0.0/digest';

  it.each([
    [`${version}/artifact.json`, ['RegisterVersion']],
    [`${version}/model.sig`, ['SignDigest']],
    [`${version}/gates/schema/policy.json`, [...GATES].sort()],
    [`${version}/attestations/schema/policy.json`, ['AttestGates']],
    [`${version}/admission/ADMITTED/policy.json`, ['AdmitVersion']],
    [`${version}/admission/STAGING/policy.json`, ['AdmitStaging']],
    [`${version}/description/policy/model-card.json`, ['DescribeVersion']],
    [`${version}/reevaluations/dependencies/snapshot.json`, ['ReevaluateDependencies']],
    ['policies/acme/hash.json', ['RegisterVersion']],
    [`${version}/other.json`, []],
    ['other.json', []],
  ])('at %s is written by few', async (key, writers) => {
    expect(await allowed(at(key, ONCE))).toEqual(writers);
  });

  it('is never overwritten: a write without a condition is denied', async () => {
    const bare = at(`${version}/model.sig`, { 's3:ObjectCreationOperation': 'true' });
    expect(await decide(roleOf('SignDigest'), bare)).toBe('ExplicitlyDenied');
  });

  it('may arrive in parts, which cannot carry a condition', async () => {
    const part = at(`${version}/model.sig`, { 's3:ObjectCreationOperation': 'false' });
    expect(await decide(roleOf('SignDigest'), part)).toBe('Allowed');
  });

  it.each([
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:PutObjectRetention',
    's3:BypassGovernanceRetention',
    's3:PutObjectLegalHold',
    's3:PutObjectTagging',
  ])('suffers no %s', async (action) => {
    const asked = { action, resource: `${evidence()}/${version}/model.sig` };
    expect(await allowed(asked)).toEqual([]);
  });

  it('is not deleted by an administrator either', () => {
    const [, policy] =
      ofType('AWS::S3::BucketPolicy').find(([id]) => id.startsWith('Evidence')) ?? [];
    expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: ['s3:BypassGovernanceRetention', 's3:DeleteObject', 's3:DeleteObjectVersion'],
        Resource: `${evidence()}/*`,
      }),
    );
  });
});

describe('artifacts', () => {
  const KEY = 'uploads/AROAX:ann/acme/churn/u1/model.onnx';

  it.each([
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:PutObject',
    's3:PutObjectTagging',
    's3:PutObjectLegalHold',
    's3:BypassGovernanceRetention',
  ])("of somebody's suffer no %s by anybody", async (action) => {
    expect(await allowed({ action, resource: `${artifacts()}/${KEY}` })).toEqual([]);
  });

  it('are locked by RegisterVersion alone', async () => {
    const asked = { action: 's3:PutObjectRetention', resource: `${artifacts()}/${KEY}` };
    expect(await allowed(asked)).toEqual(['RegisterVersion']);
  });

  it('are listed by RegisterVersion alone, below uploads/', async () => {
    const action = 's3:ListBucketVersions';
    const list = (prefix: string) =>
      allowed({ action, resource: artifacts(), context: { 's3:prefix': prefix } });
    expect(await list('uploads/AROAX:ann/')).toEqual(['RegisterVersion']);
    expect(await list('')).toEqual([]);
  });

  it('refuse everybody over plain HTTP and old TLS', async () => {
    const asked = { action: 's3:GetObject', resource: `${artifacts()}/${KEY}` };
    const infer = roleOf('Infer');
    expect(await decide(infer, asked)).toBe('Allowed');
    for (const [key, value] of [
      ['aws:SecureTransport', 'false'],
      ['s3:TlsVersion', '1.1'],
    ] as const) {
      const context = { [key]: value };
      expect(await decide(infer, { ...asked, context })).toBe('ExplicitlyDenied');
    }
  });
});

describe('an upload session', () => {
  const role = roleOf('GovernanceUploadRole');
  const me = `AROA${role.toUpperCase()}:session`;
  const to = (key: string, action = 's3:PutObject'): Asked => ({
    action,
    resource: `${artifacts()}/${key}`,
  });

  it('is opened by the API alone', async () => {
    const asked = { action: 'sts:AssumeRole', resource: arn('AWS::IAM::Role', role) };
    expect(await allowed(asked)).toEqual(['ServeApi']);
    const grants = statementsOf(roleOf('ServeApi')).filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith('sts:')),
    );
    expect(grants).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: asked.resource },
    ]);
  });

  it('writes below its own name alone', async () => {
    expect(await decide(role, to(`uploads/${me}/acme/churn/u1/model.onnx`))).toBe('Allowed');
    expect(await decide(role, to('uploads/AIDAOTHER/acme/churn/u1/model.onnx'))).toBe(
      'ExplicitlyDenied',
    );
    expect(await decide(role, to(`other/uploads/${me}/model.onnx`))).toBe('ExplicitlyDenied');
    expect(await decide(role, to(`uploads/${me}x/model.onnx`))).toBe('ExplicitlyDenied');
  });

  it('can write, and do nothing else', () => {
    expect(actionsOf(role)).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
      's3:PutObject',
    ]);
  });

  it('is narrowed by the API to the prefix of one upload', async () => {
    const sts = mockClient(STSClient);
    sts.on(AssumeRoleCommand).resolves({
      Credentials: {
        AccessKeyId: 'a',
        SecretAccessKey: 's',
        SessionToken: 't',
        Expiration: new Date(0),
      },
      AssumedRoleUser: { AssumedRoleId: me, Arn: 'arn:aws:sts::1:assumed-role/r/s' },
    });
    const sessions = new UploadSessions(
      arn('AWS::IAM::Role', role),
      artifacts(),
      new STSClient({}),
    );
    await sessions.open(
      { id: 'ann', tenant: 'acme' },
      { tenant: 'acme', model: 'churn', uploadId: 'u1' },
    );
    const [call] = sts.commandCalls(AssumeRoleCommand);
    const policy = JSON.parse(call?.args[0].input.Policy ?? '');
    const upload = `uploads/${me}/acme/churn`;
    expect(await decide(role, to(`${upload}/u1/sub/model.onnx`), policy)).toBe('Allowed');
    expect(await decide(role, to(`${upload}/u2/model.onnx`), policy)).not.toBe('Allowed');
    const other = `uploads/${me}/acme/other/u1/model.onnx`;
    expect(await decide(role, to(other), policy)).not.toBe('Allowed');
    const read = to(`${upload}/u1/model.onnx`, 's3:GetObject');
    expect(await decide(role, read, policy)).not.toBe('Allowed');
    const key = { action: 'kms:GenerateDataKey', resource: dataKey() };
    expect(await decide(role, key, policy)).toBe('Allowed');
  });
});

describe('other services', () => {
  it('lets the API and the sweep wake releases, and those alone', () => {
    const release = arn('AWS::StepFunctions::StateMachine', 'ReleaseWorkflow');
    for (const [role] of ofType('AWS::IAM::Role')) {
      const tells = statementsOf(role).filter(({ Action }) => String(Action).includes('SendTask'));
      const wakes = [roleOf('ServeApi'), roleOf('WakeApprovals')].includes(role);
      // The reference lists no resource for this action; IAM still checks the state machine's ARN
      // for any task but an activity's (aws-cdk pull request 8486, which tried both).
      const grant = { Effect: 'Allow', Action: 'states:SendTaskSuccess', Resource: release };
      expect(tells, role).toEqual(wakes ? [grant] : []);
    }
  });

  it('starts releases from the rule alone, and stops none', async () => {
    const resource = arn('AWS::StepFunctions::StateMachine', 'ReleaseWorkflow');
    const starters = await allowed({ action: 'states:StartExecution', resource });
    expect(starters).toEqual([expect.stringContaining('EventsRole')]);
    const execution = resource.replace('stateMachine', 'execution');
    expect(
      await allowed({ action: 'states:StopExecution', resource: `${execution}:name` }),
    ).toEqual([]);
  });

  it('lets PublishEvents alone put events on the bus', async () => {
    const asked = { action: 'events:PutEvents', resource: arn('AWS::Events::EventBus', 'Events') };
    expect(await allowed(asked)).toEqual(['PublishEvents']);
  });

  it('lets no function change what roles may do, its own tag of a registrar included', async () => {
    for (const [role] of ofType('AWS::IAM::Role')) {
      expect(actionsOf(role).filter((action) => /^(iam|lambda:Update)/.test(action))).toEqual([]);
    }
  });
});

describe('Infer', () => {
  it('can read what it serves, log and trace, and change nothing', () => {
    expect(actionsOf(roleOf('Infer'))).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:GetPublicKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:GetObjectVersion',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  it('uses the key of its data for nothing but reading', async () => {
    const context = { 'kms:ViaService': 'dynamodb.eu-central-1.amazonaws.com' };
    const may = (action: string) =>
      decide(roleOf('Infer'), { action, resource: dataKey(), context });
    expect(await may('kms:Decrypt')).toBe('Allowed');
    expect(await may('kms:Encrypt')).not.toBe('Allowed');
    expect(await may('kms:GenerateDataKey')).not.toBe('Allowed');
  });
});

describe('every role', () => {
  /** These actions know no resources: AWS takes `*` for them alone. */
  const WITHOUT_RESOURCES = [
    /^xray:(PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets)$/,
    /^logs:(\w+LogDelivery|ListLogDeliveries|\w+ResourcePolicy|\w+ResourcePolicies|DescribeLogGroups)$/,
  ];

  it('names its actions, and resources wherever AWS has any', () => {
    for (const [role] of ofType('AWS::IAM::Role')) {
      for (const statement of statementsOf(role)) {
        expect(statement, role).not.toHaveProperty('NotAction');
        expect(statement, role).not.toHaveProperty('NotResource');
        const actions = [statement.Action].flat();
        expect(actions.join(), role).not.toContain('*');
        if (![statement.Resource].flat().includes('*')) continue;
        for (const action of actions) {
          expect(
            WITHOUT_RESOURCES.some((pattern) => pattern.test(action)),
            `${role} ${action}`,
          ).toBe(true);
        }
      }
    }
  });

  it('has no policy of AWS attached, which AWS may widen', () => {
    for (const [role, { Properties }] of ofType('AWS::IAM::Role')) {
      expect(Properties.ManagedPolicyArns, role).toBeUndefined();
    }
  });

  it('that a service assumes for an account is assumed for this one alone', () => {
    const trusts = ofType('AWS::IAM::Role').map(([, { Properties }]) =>
      JSON.stringify(Properties.AssumeRolePolicyDocument),
    );
    const scheduler = trusts.filter((trust) => trust.includes('scheduler.amazonaws.com'));
    expect(scheduler).toHaveLength(2);
    for (const trust of scheduler) {
      expect(trust).toContain('"aws:SourceAccount":"111122223333"');
    }
  });
});
