import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { modelIndexKey } from '#aws/model-registry.ts';
import { UploadSessions } from '#aws/upload-sessions.ts';
import { ROUTE_INDEX, stateIndexKey, typeIndexKey } from '#domain/registry/keys.ts';
import { arnOf, functionIds, ofType } from '../support/deployed.ts';
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
const derivationKey = () => arn('AWS::KMS::Key', 'DerivationKey');
const table = () => arn('AWS::DynamoDB::GlobalTable', 'Registry');
const metrics = () => arn('AWS::DynamoDB::GlobalTable', 'Metrics');

/** Keys of the registry as functions name them, by what they hold. */
const PARTITIONS = {
  versions: 'T#acme#M#churn',
  digests: `T#acme#SHA#${'a'.repeat(64)}`,
  lineage: 'T#acme#N#churn@1.0.0',
  claims: 'T#acme#REL#b#k#v',
  approvals: 'T#acme#AP#1',
  routes: 'T#acme#R#churn',
  rollouts: 'T#acme#RO#churn',
  rollbacks: 'T#acme#RB#churn',
  experiments: 'T#acme#X#churn',
  policies: 'T#acme#P#churn',
  reevaluations: 'T#acme#D#churn',
  monitoring: 'T#acme#MO#churn',
  labels: 'T#acme#L#churn',
  people: 'PERSON#cognito:1',
} as const;
type Kind = keyof typeof PARTITIONS;
const KINDS = Object.keys(PARTITIONS) as Kind[];

/** What each function reads of the registry; one that is not here reads nothing of it. */
const READ: Readonly<Record<string, readonly Kind[]>> = {
  ...Object.fromEntries(GATES.map((gate): [string, Kind[]] => [gate, ['versions']])),
  ActivateVersion: ['versions', 'routes', 'policies', 'monitoring'],
  AdmitStaging: ['versions'],
  AdmitVersion: ['versions', 'approvals'],
  AttestGates: ['versions'],
  BeginExperiment: ['experiments', 'routes', 'versions', 'approvals'],
  BeginRollback: ['rollbacks', 'rollouts', 'routes', 'policies'],
  BeginRollout: ['rollouts', 'routes', 'versions', 'policies', 'monitoring'],
  CheckModel: ['monitoring', 'routes', 'versions', 'policies'],
  ClaimUpload: ['claims'],
  ConcludeGates: ['versions'],
  DescribeVersion: ['versions'],
  FailExperiment: ['experiments', 'routes'],
  FailRelease: ['versions', 'claims'],
  FailRollback: ['rollbacks'],
  FailRollout: ['rollouts', 'routes'],
  Infer: ['versions', 'routes'],
  InferShadow: ['versions', 'routes'],
  InferStaging: ['versions'],
  KillVersion: ['rollbacks', 'rollouts', 'routes', 'versions', 'approvals', 'digests'],
  LookAtExperiment: ['experiments', 'routes'],
  LookAtRollout: ['rollouts', 'routes', 'monitoring'],
  MeasurePerformance: ['versions', 'routes'],
  PlanEvaluation: ['versions', 'routes'],
  PlanRollout: ['versions', 'routes'],
  PromoteVersion: ['rollouts', 'routes', 'versions', 'policies', 'monitoring'],
  RecedeTraffic: ['rollbacks', 'routes', 'versions', 'approvals', 'digests'],
  ReconcileAlarms: ['routes', 'policies'],
  RecordOutcomes: ['labels'],
  ReevaluateDependencies: ['reevaluations', 'versions'],
  RegisterVersion: ['versions', 'digests', 'people', 'policies', 'approvals'],
  RequestApproval: ['versions', 'approvals'],
  RequestRollbackOnAlarm: ['routes', 'monitoring'],
  ServeApi: [
    ...(['people', 'claims', 'versions', 'approvals', 'policies', 'routes'] as const),
    ...(['rollouts', 'rollbacks', 'experiments', 'monitoring'] as const),
  ],
  SettleApproval: ['versions', 'approvals'],
  SignDigest: ['versions'],
  SweepModels: ['monitoring'],
  ValidateRollback: ['rollbacks', 'routes', 'versions'],
};

const readersOf = (kind: Kind): string[] =>
  Object.keys(READ)
    .filter((name) => READ[name]?.includes(kind))
    .sort();

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
    for (const resource of [artifactKey(), attestationKey(), dataKey(), derivationKey()]) {
      expect(await allowed({ action, resource })).toEqual([]);
    }
  });

  it('gives public keys to those that verify', async () => {
    expect(await allowed({ action: 'kms:GetPublicKey', resource: artifactKey() })).toEqual([
      ...['CheckIntegrity', 'Infer', 'InferShadow', 'InferStaging'],
      ...['KillVersion', 'RecedeTraffic', 'ServeApi', 'SignDigest'],
    ]);
    expect(await allowed({ action: 'kms:GetPublicKey', resource: attestationKey() })).toEqual([
      ...['AdmitStaging', 'AdmitVersion', 'AttestGates', 'CheckModel', 'DescribeVersion'],
      ...['Infer', 'InferShadow', 'InferStaging', 'KillVersion', 'RecedeTraffic', 'ServeApi'],
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
        'KillVersion',
        'PromoteVersion',
        'RecedeTraffic',
        'RegisterVersion',
        'RequestApproval',
        'SettleApproval',
        'SignDigest',
      ),
    ],
    ['digests', `T#acme#SHA#${'a'.repeat(64)}`, ['KillVersion', 'RegisterVersion']],
    ['lineage', 'T#acme#N#churn@1.0.0', ['RegisterVersion']],
    ['claims', 'T#acme#REL#b#k#v', ['ClaimUpload', 'FailRelease', 'RegisterVersion']],
    [
      'approvals',
      'T#acme#AP#1',
      [
        ...['KillVersion', 'RecedeTraffic', 'RequestApproval'],
        ...['ServeApi', 'SettleApproval', 'WakeApprovals'],
      ],
    ],
    [
      'routes',
      'T#acme#R#churn',
      [
        ...['ActivateVersion', 'BeginExperiment', 'BeginRollout', 'FailExperiment', 'KillVersion'],
        ...['LookAtExperiment', 'LookAtRollout', 'PromoteVersion', 'RecedeTraffic'],
      ],
    ],
    [
      'rollbacks',
      'T#acme#RB#churn',
      ['BeginRollback', 'FailRollback', 'KillVersion', 'RecedeTraffic', 'ValidateRollback'],
    ],
    ['policies', 'T#acme#P#churn', ['ActivateVersion', 'PromoteVersion', 'ServeApi']],
    ['policies of tenants', 'T#acme#P#*', ['ActivateVersion', 'PromoteVersion', 'ServeApi']],
    ['reevaluations', 'T#acme#D#churn', ['ReevaluateDependencies']],
    ['labels', 'T#acme#L#churn', ['MeasurePerformance']],
    ['people', 'PERSON#cognito:1', ['MapPerson']],
    [
      'experiments',
      'T#acme#X#churn',
      ['BeginExperiment', 'FailExperiment', 'LookAtExperiment', 'ServeApi'],
    ],
    [
      'rollouts',
      'T#acme#RO#churn',
      [
        ...['BeginRollback', 'BeginRollout', 'FailRollout', 'KillVersion'],
        ...['LookAtRollout', 'PromoteVersion', 'ServeApi'],
      ],
    ],
    ['anything else', 'T#acme#Y#1', []],
  ])('lets %s be written by few', async (_, partition, writers) => {
    for (const action of ['dynamodb:PutItem', 'dynamodb:UpdateItem']) {
      expect(await allowed({ action, ...writing(partition) })).toEqual(writers);
    }
  });

  it.each<[string, readonly Kind[]]>([
    ['ActivateVersion', ['versions', 'policies', 'routes']],
    ['BeginExperiment', ['experiments', 'routes']],
    ['BeginRollback', ['rollbacks', 'rollouts']],
    ['BeginRollout', ['rollouts', 'routes']],
    ['FailExperiment', ['experiments', 'routes']],
    ['KillVersion', ['rollbacks', 'rollouts', 'routes', 'versions', 'digests', 'approvals']],
    ['LookAtExperiment', ['experiments', 'routes']],
    ['LookAtRollout', ['rollouts', 'routes']],
    ['MeasurePerformance', ['versions', 'labels']],
    ['PromoteVersion', ['versions', 'policies', 'routes', 'rollouts']],
    ['RecedeTraffic', ['rollbacks', 'routes', 'versions', 'approvals']],
    ['RegisterVersion', ['versions', 'digests', 'lineage', 'claims']],
    ['RequestApproval', ['approvals', 'versions']],
  ])(
    'lets %s write in one transaction, by one statement, all that belongs together',
    async (name, kinds) => {
      const keys = [...kinds.map((kind) => PARTITIONS[kind]), 'AUD#01'];
      const context = { 'dynamodb:LeadingKeys': keys };
      for (const action of ['dynamodb:PutItem', 'dynamodb:UpdateItem']) {
        expect(await decide(roleOf(name), { action, resource: table(), context })).toBe('Allowed');
      }
    },
  );

  it('lets the API say whose its own upload sessions are, and no other principal', async () => {
    const session = `PERSON#AROA${roleOf('GovernanceUploadRole').toUpperCase()}:ann`;
    const api = roleOf('ServeApi');
    const action = 'dynamodb:PutItem';
    expect(await decide(api, { action, ...writing(session) })).toBe('Allowed');
    expect(await decide(api, { action, ...writing('PERSON#AIDAEXAMPLE') })).not.toBe('Allowed');
  });

  it('lets what a version is activated, tried or rolled back by depend on what it cannot write', async () => {
    const checking = (partition: string) =>
      allowed({
        action: 'dynamodb:ConditionCheckItem',
        resource: table(),
        context: { 'dynamodb:LeadingKeys': [partition] },
      });
    const starting = ['ActivateVersion', 'BeginExperiment', 'BeginRollout', 'PromoteVersion'];
    expect(await checking('T#acme#AP#1')).toEqual(starting);
    expect(await checking(`T#acme#SHA#${'a'.repeat(64)}`)).toEqual(
      [...starting, 'KillVersion', 'RecedeTraffic'].sort(),
    );
  });

  it('lets what may give a version all traffic depend on the model not being blocked', async () => {
    const asked = (action: string) => ({
      action,
      resource: table(),
      context: { 'dynamodb:LeadingKeys': ['T#acme#MO#churn'] },
    });
    expect(await allowed(asked('dynamodb:ConditionCheckItem'))).toEqual([
      ...['ActivateVersion', 'BeginRollout', 'LookAtRollout', 'PromoteVersion'],
    ]);
    const writers = await allowed(asked('dynamodb:PutItem'));
    for (const name of ['ServeApi', 'PromoteVersion', 'LookAtRollout', 'KillVersion']) {
      expect(writers, name).not.toContain(name);
    }
  });

  it.each(KINDS)('has %s read by those who go by it, and nobody else', async (kind) => {
    const readers = readersOf(kind);
    for (const action of ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query']) {
      const context = { 'dynamodb:LeadingKeys': [PARTITIONS[kind]] };
      expect(await allowed({ action, resource: table(), context }), action).toEqual(readers);
    }
  });

  it.each(['AUD#01', 'T#acme#Y#1', 'ROUTE', 'APPROVAL#UNWOKEN'])(
    'has %s read by nobody',
    async (partition) => {
      for (const action of ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query']) {
        const context = { 'dynamodb:LeadingKeys': [partition] };
        expect(await allowed({ action, resource: table(), context }), action).toEqual([]);
      }
    },
  );

  it('refuses a batch of which one item may not be read', async () => {
    const batch = (...partitions: string[]) =>
      decide(roleOf('SweepModels'), {
        action: 'dynamodb:BatchGetItem',
        resource: table(),
        context: { 'dynamodb:LeadingKeys': partitions },
      });
    expect(await batch('T#acme#MO#churn', 'T#beta#MO#fraud')).toBe('Allowed');
    expect(await batch('T#acme#MO#churn', 'T#acme#AP#1')).not.toBe('Allowed');
  });

  it.each([
    ['models', modelIndexKey('acme'), ['ServeApi']],
    ['approvals', typeIndexKey('acme', 'APPROVAL', 'OPEN'), ['ServeApi']],
    ['approvals nobody was told of', 'APPROVAL#UNWOKEN', ['WakeApprovals']],
    ['routes', ROUTE_INDEX, ['ReconcileAlarms', 'ReevaluateDependencies', 'SweepModels']],
    ['anything else', typeIndexKey('acme', 'OTHER', 'OPEN'), []],
  ])('has the index of %s queried by few', async (_, partition, readers) => {
    const context = { 'dynamodb:LeadingKeys': [partition] };
    const resource = `${table()}/index/byType`;
    expect(await allowed({ action: 'dynamodb:Query', resource, context })).toEqual(readers);
    expect(await allowed({ action: 'dynamodb:Scan', resource, context })).toEqual([]);
  });

  it('has the index of stages queried by nobody yet', async () => {
    const context = { 'dynamodb:LeadingKeys': [stateIndexKey('acme', 'PRODUCTION')] };
    const resource = `${table()}/index/byState`;
    expect(await allowed({ action: 'dynamodb:Query', resource, context })).toEqual([]);
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

describe('the metrics table', () => {
  const at = (action: string, partition: string): Asked => ({
    action,
    resource: metrics(),
    context: { 'dynamodb:LeadingKeys': [partition] },
  });

  it.each(['T#acme#O#churn', 'T#acme#G#churn'])(
    'has outcomes and truths added by RecordOutcomes alone, which can do nothing else to it: %s',
    async (partition) => {
      const record = roleOf('RecordOutcomes');
      for (const action of ['dynamodb:PutItem', 'dynamodb:UpdateItem']) {
        expect(await allowed(at(action, partition))).toEqual(['RecordOutcomes']);
        for (const other of ['T#acme#C#churn', 'T#acme#H#churn', 'T#acme#K#churn']) {
          expect(await decide(record, at(action, other))).not.toBe('Allowed');
        }
      }
      for (const action of ['dynamodb:GetItem', 'dynamodb:Query']) {
        expect(await allowed(at(action, partition))).not.toContain('RecordOutcomes');
      }
    },
  );

  it('lets the API find drift reports by their model, and read nothing else of it', async () => {
    const api = roleOf('ServeApi');
    expect(await decide(api, at('dynamodb:Query', 'T#acme#K#churn'))).toBe('Allowed');
    for (const partition of ['C', 'O', 'G', 'H', 'A']) {
      const other = at('dynamodb:Query', `T#acme#${partition}#churn`);
      expect(await decide(api, other), partition).not.toBe('Allowed');
    }
    for (const action of ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:GetItem']) {
      expect(await decide(api, at(action, 'T#acme#K#churn')), action).not.toBe('Allowed');
    }
  });

  it.each([
    ['what was seen', 'T#acme#H#churn', ['CheckModel']],
    ['what came true', 'T#acme#G#churn', ['CheckModel']],
    [
      'counters of trials',
      'T#acme#C#churn',
      ['LookAtExperiment', 'LookAtRollout', 'ValidateRollback'],
    ],
    ['outcomes of trials', 'T#acme#O#churn', ['LookAtExperiment', 'LookAtRollout']],
    ['drift reports', 'T#acme#K#churn', ['CheckModel', 'NotifyOnCall', 'ServeApi']],
    ['how often Infer was invoked', 'F#INVOCATIONS', ['SweepModels']],
    ['checks that were asked for', 'T#acme#A#churn', []],
  ])('has %s read by those who judge by it, and nobody else', async (_, partition, readers) => {
    expect(await allowed(at('dynamodb:Query', partition))).toEqual(readers);
    for (const action of ['dynamodb:GetItem', 'dynamodb:BatchGetItem']) {
      expect(await allowed(at(action, partition)), action).toEqual([]);
    }
  });

  it('has counters that are only ever overwritten whole', async () => {
    for (const partition of ['T#acme#C#churn', 'T#acme#H#churn', 'F#INVOCATIONS']) {
      expect(await allowed(at('dynamodb:UpdateItem', partition))).toEqual([]);
    }
  });

  it.each([
    'dynamodb:DeleteItem',
    'dynamodb:BatchWriteItem',
    'dynamodb:Scan',
    'dynamodb:PartiQLUpdate',
    'dynamodb:UpdateTable',
    'dynamodb:UpdateTimeToLive',
    'dynamodb:DeleteTable',
  ])('lets nobody do %s', async (action) => {
    expect(await allowed({ action, resource: metrics() })).toEqual([]);
  });
});

describe('RecordOutcomes', () => {
  it('derives keys of tenants, reads labels, adds outcomes, and can do no more', () => {
    expect(actionsOf(roleOf('RecordOutcomes'))).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:GenerateMac',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  it('derives by no other key and no other MAC', async () => {
    const asked = (algorithm: string, resource = derivationKey()): Asked => ({
      action: 'kms:GenerateMac',
      resource,
      context: { 'kms:MacAlgorithm': algorithm },
    });
    const record = roleOf('RecordOutcomes');
    expect(await decide(record, asked('HMAC_SHA_256'))).toBe('Allowed');
    expect(await decide(record, asked('HMAC_SHA_512'))).not.toBe('Allowed');
    expect(await decide(record, asked('HMAC_SHA_256', dataKey()))).not.toBe('Allowed');
  });

  it('writes nothing to the registry', async () => {
    const asked = {
      action: 'dynamodb:PutItem',
      resource: table(),
      context: { 'dynamodb:LeadingKeys': ['T#acme#O#churn'] },
    };
    expect(await decide(roleOf('RecordOutcomes'), asked)).not.toBe('Allowed');
  });
});

describe('rollouts', () => {
  const on = (partition: string, action = 'dynamodb:PutItem'): Asked => ({
    action,
    resource: table(),
    context: { 'dynamodb:LeadingKeys': [partition, 'AUD#01'] },
  });
  const outcome = async (name: string, asked: Asked) => decide(roleOf(name), asked);

  it.each([
    ['PlanRollout', ['T#acme#RO#churn', 'T#acme#R#churn', 'T#acme#M#churn']],
    ['BeginRollout', ['T#acme#M#churn', 'T#acme#AP#1', 'T#acme#P#churn', 'T#acme#RB#churn']],
    ['LookAtRollout', ['T#acme#M#churn', 'T#acme#AP#1', 'T#acme#P#churn', 'T#acme#RB#churn']],
    ['PromoteVersion', ['T#acme#AP#1', 'T#acme#RB#churn', `T#acme#SHA#${'a'.repeat(64)}`]],
    ['FailRollout', ['T#acme#M#churn', 'T#acme#R#churn', 'T#acme#AP#1']],
  ])('%s cannot write what is not its own', async (name, partitions) => {
    for (const partition of partitions) {
      for (const action of ['dynamodb:PutItem', 'dynamodb:UpdateItem']) {
        expect(await outcome(name, on(partition, action)), partition).not.toBe('Allowed');
      }
    }
  });

  it('has trials begun where approvals, digests and policies are as they were, which it cannot write', async () => {
    const partitions = ['T#acme#M#churn', 'T#acme#AP#1', `T#acme#SHA#${'a'.repeat(64)}`];
    for (const partition of [...partitions, 'T#acme#P#churn', 'T#acme#P#*']) {
      const asked = on(partition, 'dynamodb:ConditionCheckItem');
      const check = { ...asked, context: { 'dynamodb:LeadingKeys': [partition] } };
      expect(await outcome('BeginRollout', check), partition).toBe('Allowed');
      expect(await outcome('LookAtRollout', check), partition).not.toBe('Allowed');
    }
  });

  it('lets looks alone read what traffic has shown, and nobody of them write it', async () => {
    const tasks = ['PlanRollout', 'BeginRollout', 'LookAtRollout', 'PromoteVersion', 'FailRollout'];
    const at = (action: string): Asked => ({
      action,
      resource: metrics(),
      context: { 'dynamodb:LeadingKeys': ['T#acme#C#churn'] },
    });
    const readers = await allowed(at('dynamodb:Query'));
    expect(readers.filter((name) => tasks.includes(name))).toEqual(['LookAtRollout']);
    const writers = await allowed(at('dynamodb:PutItem'));
    expect(writers.filter((name) => tasks.includes(name))).toEqual([]);
  });

  it('are started by releases, and by themselves; they start rollbacks, and stop nothing', async () => {
    const machine = (name: string) => arn('AWS::StepFunctions::StateMachine', `${name}Workflow`);
    const starts = async (role: string, name: string) =>
      decide(roleOf(role), { action: 'states:StartExecution', resource: machine(name) });
    const [release, rollout] = [
      'ReleaseWorkflowStateMachineRole',
      'RolloutWorkflowStateMachineRole',
    ];
    expect(await starts(release, 'Rollout')).toBe('Allowed');
    expect(await starts(release, 'Rollback')).not.toBe('Allowed');
    expect(await starts(release, 'Release')).not.toBe('Allowed');
    expect(await starts(rollout, 'Rollout')).toBe('Allowed');
    expect(await starts(rollout, 'Rollback')).toBe('Allowed');
    expect(await starts(rollout, 'Release')).not.toBe('Allowed');
    const execution = machine('Rollout').replace('stateMachine', 'execution');
    expect(
      await allowed({ action: 'states:StopExecution', resource: `${execution}:name` }),
    ).toEqual([]);
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
    ['drift-reports/acme/churn/report.json', ['CheckModel']],
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

  it('starts rollbacks by those who see harm, and stops none', async () => {
    const resource = arn('AWS::StepFunctions::StateMachine', 'RollbackWorkflow');
    const starters = await allowed({ action: 'states:StartExecution', resource });
    expect(starters.map((name) => name.replace(/Role[0-9A-F]{8}$/, 'Role'))).toEqual([
      ...['CheckModel', 'RequestRollback', 'RequestRollbackOnAlarm'],
      ...['RolloutWorkflowStateMachineRole', 'ServeApi'],
    ]);
    const execution = `${resource.replace('stateMachine', 'execution')}:name`;
    const stopping = { action: 'states:StopExecution', resource: execution };
    expect(await allowed(stopping)).toEqual([]);
    const seeing = { action: 'states:DescribeExecution', resource: execution };
    expect(await allowed(seeing)).toEqual([
      ...['CheckModel', 'RequestRollback', 'RequestRollbackOnAlarm', 'ServeApi'],
    ]);
  });

  it('lets ValidateRollback alone ask Infer without the API in between', async () => {
    const resource = arnOf(functionIds().get('Infer') ?? '');
    const asking = await allowed({ action: 'lambda:InvokeFunction', resource });
    expect(asking).toEqual(['ValidateRollback']);
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
  const READING = [
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
  ];
  /** DynamoDB encrypts in the name of whoever writes. */
  const COUNTING = [
    'dynamodb:PutItem',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ];

  it('can read what it serves, count, seal decisions, copy to the shadow and tell, no more', () => {
    expect(actionsOf(roleOf('Infer'))).toEqual(
      [
        ...READING,
        ...COUNTING,
        ...['events:PutEvents', 'kms:GenerateMac', 'lambda:InvokeFunction'],
      ].sort(),
    );
    expect(actionsOf(roleOf('InferShadow'))).toEqual([...READING, ...COUNTING].sort());
    expect(actionsOf(roleOf('InferStaging'))).toEqual(READING);
  });

  it.each(['Infer', 'InferShadow'])('counts as %s, and changes nothing else', async (name) => {
    const writes = (resource: string, partition: string, action = 'dynamodb:PutItem') =>
      decide(roleOf(name), {
        ...{ action, resource },
        context: { 'dynamodb:LeadingKeys': [partition] },
      });
    const metrics = arn('AWS::DynamoDB::GlobalTable', 'Metrics');
    expect(await writes(metrics, 'T#acme#C#churn')).toBe('Allowed');
    expect(await writes(metrics, 'T#acme#O#churn')).not.toBe('Allowed');
    expect(await writes(metrics, 'T#acme#G#churn')).not.toBe('Allowed');
    for (const partition of ['T#acme#R#churn', 'T#acme#M#churn', 'AUD#1']) {
      expect(await writes(table(), partition)).not.toBe('Allowed');
      expect(await writes(table(), partition, 'dynamodb:UpdateItem')).not.toBe('Allowed');
    }
  });

  it('alone tells what versions of production took, and reads none of it', async () => {
    const resource = arn('AWS::DynamoDB::GlobalTable', 'Metrics');
    const at = (action: string, partition: string): Asked => ({
      ...{ action, resource },
      context: { 'dynamodb:LeadingKeys': [partition] },
    });
    expect(await allowed(at('dynamodb:PutItem', 'F#INVOCATIONS'))).toEqual(['Infer']);
    for (const partition of ['T#acme#H#churn', 'F#INVOCATIONS']) {
      expect(await decide(roleOf('Infer'), at('dynamodb:PutItem', partition))).toBe('Allowed');
      for (const name of ['InferShadow', 'InferStaging']) {
        const put = at('dynamodb:PutItem', partition);
        expect(await decide(roleOf(name), put)).not.toBe('Allowed');
      }
      for (const action of ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:DeleteItem']) {
        expect(await decide(roleOf('Infer'), at(action, partition))).not.toBe('Allowed');
      }
    }
  });

  it('alone invokes the shadow function, and no other function', async () => {
    const action = 'lambda:InvokeFunction';
    const [shadow, ...others] = ['InferShadow', 'InferStaging', 'ServeApi', 'PublishEvents'].map(
      (name) => arnOf(functionIds().get(name) ?? ''),
    );
    expect(await allowed({ action, resource: shadow ?? '' })).toEqual(['Infer']);
    for (const resource of others) {
      expect(await decide(roleOf('Infer'), { action, resource })).not.toBe('Allowed');
    }
  });

  it('tells the bus of failing candidates, and of nothing else in the name of Assay', async () => {
    const resource = arn('AWS::Events::EventBus', 'Events');
    const may = (context: Record<string, string[]>) =>
      decide(roleOf('Infer'), { action: 'events:PutEvents', resource, context });
    const source = { 'events:source': ['io.assay'] };
    const failing = 'io.assay.candidate.failing.v1';
    expect(await may({ ...source, 'events:detail-type': [failing] })).toBe('Allowed');
    for (const context of [
      { ...source, 'events:detail-type': ['io.assay.version.state.changed.v1'] },
      { ...source, 'events:detail-type': [failing, 'io.assay.version.state.changed.v1'] },
      { 'events:source': ['io.other'], 'events:detail-type': [failing] },
      source,
    ]) {
      expect(await may(context)).not.toBe('Allowed');
    }
  });

  it('uses the key of its data for the tables alone, and only where it counts for writing', async () => {
    const may = (name: string, action: string, service = 'dynamodb') =>
      decide(roleOf(name), {
        ...{ action, resource: dataKey() },
        context: { 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` },
      });
    expect(await may('Infer', 'kms:Decrypt')).toBe('Allowed');
    for (const action of ['kms:Encrypt', 'kms:GenerateDataKey']) {
      expect(await may('Infer', action)).toBe('Allowed');
      expect(await may('Infer', action, 's3')).not.toBe('Allowed');
      expect(await may('InferStaging', action)).not.toBe('Allowed');
    }
  });
});

describe('alarms of models', () => {
  const LOGGING = ['logs:CreateLogStream', 'logs:PutLogEvents'];
  const QUEUEING = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];
  const TRACING = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];

  it('are made of the registry by ReconcileAlarms, which can do no more', () => {
    expect(actionsOf(roleOf('ReconcileAlarms'))).toEqual([
      ...['cloudwatch:DeleteAlarms', 'cloudwatch:DescribeAlarms', 'cloudwatch:PutCompositeAlarm'],
      ...['cloudwatch:PutMetricAlarm', 'cloudwatch:PutMetricData'],
      ...['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
      ...['kms:Decrypt', 'kms:DescribeKey', ...LOGGING, ...QUEUEING, ...TRACING],
    ]);
  });

  it('are told to people by NotifyOnCall, with their report, which can do no more', () => {
    expect(actionsOf(roleOf('NotifyOnCall'))).toEqual([
      ...['dynamodb:Query', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey', ...LOGGING],
      ...['s3:GetObject', 's3:GetObjectVersion', 'sns:Publish', ...QUEUEING, ...TRACING],
    ]);
  });

  it.each(['ReconcileAlarms', 'NotifyOnCall'])(
    'that %s cannot handle go to its own queue',
    async (name) => {
      const queues = ofType('AWS::SQS::Queue').map(([id]) => id);
      const sends = await Promise.all(
        queues.map((id) =>
          decide(roleOf(name), { action: 'sqs:SendMessage', resource: arnOf(id) }),
        ),
      );
      const own = queues.filter((_, i) => sends[i] === 'Allowed');
      expect(own).toEqual([expect.stringMatching(`^DeadLetters${name}`)]);
    },
  );

  it('are no way for their functions to read what was seen, or to write', async () => {
    for (const name of ['ReconcileAlarms', 'NotifyOnCall']) {
      for (const partition of ['T#acme#H#churn', 'T#acme#G#churn', 'T#acme#K#churn']) {
        const context = { 'dynamodb:LeadingKeys': [partition] };
        const asked = (action: string) =>
          decide(roleOf(name), { action, resource: metrics(), context });
        expect(await asked('dynamodb:PutItem'), name).not.toBe('Allowed');
        if (name === 'NotifyOnCall' && partition.includes('#K#')) continue;
        expect(await asked('dynamodb:Query'), name).not.toBe('Allowed');
      }
    }
  });
});

describe('every role', () => {
  /** IAM takes no more of a role's inline policies together, without white space. */
  const MOST_CHARACTERS = 10_240;

  it('has policies that fit with much room, whatever names AWS makes up', () => {
    for (const [role] of ofType('AWS::IAM::Role')) {
      const characters = JSON.stringify(statementsOf(role)).length;
      expect(characters, role).toBeLessThan(MOST_CHARACTERS * 0.75);
    }
    expect(ofType('AWS::IAM::ManagedPolicy')).toEqual([]);
  });

  /** These actions know no resources: AWS takes `*` for them alone. */
  const WITHOUT_RESOURCES = [
    /^xray:(PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets)$/,
    /^cloudwatch:(PutMetricData|GetMetricData|DescribeAlarms|PutCompositeAlarm)$/,
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
    expect(scheduler).toHaveLength(4);
    for (const trust of scheduler) {
      expect(trust).toContain('"aws:SourceAccount":"111122223333"');
    }
  });
});
