import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectLockConfigurationCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, down, reset, status, up } from '../../local/cloud.ts';
import { homeAt, PROJECT } from '../../local/home.ts';
import { withLock } from '../../local/lock.ts';
import { ensureVenv } from '../../local/venv.ts';

const PATIENCE_MS = 180_000;

/** A small app with one of each resource that MiniStack's CloudFormation leaves incomplete. */
const APP = (note: string) => `
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, AnyPrincipal, Effect, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
const app = new App();
const stack = new Stack(app, 'Small', { env: { account: '000000000000', region: 'us-east-1' } });
const bucket = new Bucket(stack, 'Bucket', {
  encryption: BucketEncryption.KMS,
  encryptionKey: new Key(stack, 'Key'),
  enforceSSL: true,
  versioned: true,
  objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(3)),
  lifecycleRules: [{ id: 'old', noncurrentVersionExpiration: Duration.days(30) }],
});
const table = new TableV2(stack, 'Table', {
  partitionKey: { name: 'PK', type: AttributeType.STRING },
  timeToLiveAttribute: 'expires',
});
bucket.addToResourcePolicy(new PolicyStatement({
  effect: Effect.DENY,
  principals: [new AnyPrincipal()],
  actions: ['s3:PutObject'],
  resources: [bucket.arnForObjects('*')],
  conditions: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
}));
const signing = new Key(stack, 'Signing', {
  keySpec: KeySpec.ECC_NIST_P256,
  keyUsage: KeyUsage.SIGN_VERIFY,
});
const writer = new Role(stack, 'Writer', { assumedBy: new AccountRootPrincipal() });
const allow = (actions, resource, conditions) =>
  writer.addToPolicy(new PolicyStatement({ actions, resources: [resource], conditions }));
allow(['s3:PutObject'], bucket.arnForObjects('mine/*'));
allow(['kms:Sign'], signing.keyArn, { StringEquals: { 'kms:MessageType': 'DIGEST' } });
allow(['dynamodb:PutItem', 'dynamodb:Query'], table.tableArn, {
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['T#mine#*'] },
});
new CfnOutput(stack, 'BucketName', { value: bucket.bucketName });
new CfnOutput(stack, 'TableName', { value: table.tableName });
new CfnOutput(stack, 'WriterArn', { value: writer.roleArn });
new CfnOutput(stack, 'SigningArn', { value: signing.keyArn });
new CfnOutput(stack, 'Config', { value: app.node.tryGetContext('config') });
new CfnOutput(stack, 'Note', { value: ${JSON.stringify(note)} });
`;

/** The cloud that all these share: each synthesis of the app takes seconds. */
let cloud: Cloud;
let folder: string;
let home: string;
const said: string[] = [];

const start = (options: { iam?: boolean } = {}): Promise<Cloud> =>
  up({
    home,
    port: 0,
    app: { project: folder, config: 'any.json' },
    say: (line) => said.push(line),
    ...options,
  });

const write = (note: string): void => writeFileSync(join(folder, 'app.mjs'), APP(note));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-cloud-'));
  home = join(folder, 'home');
  mkdirSync(home);
  // The environment is shared with the developer's own cloud: installing takes seconds.
  await withLock(homeAt(), () => ensureVenv(homeAt(), () => {}));
  symlinkSync(homeAt().venv, join(home, 'venv'));
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app: 'node app.mjs' }));
  write('first');
}, PATIENCE_MS);

afterAll(async () => {
  await down({ home });
  rmSync(folder, { recursive: true });
});

const client = ({ endpoint }: Cloud) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
const output = (cloud: Cloud, name: string): string => String(cloud.outputs.Small?.[name]);

it(
  'deploys an app with its configuration and gives back its outputs',
  async () => {
    cloud = await start();
    expect(cloud.outputs.Small).toMatchObject({ Config: 'any.json', Note: 'first' });
    expect(cloud.variables.AWS_ENDPOINT_URL).toBe(cloud.endpoint);
    expect(await status({ home })).toMatchObject({ endpoint: cloud.endpoint, iam: false });
  },
  PATIENCE_MS,
);

it(
  'sets what CloudFormation leaves out',
  async () => {
    const s3 = new S3Client(client(cloud));
    const Bucket = output(cloud, 'BucketName');
    const encryption = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    const [rule] = encryption.ServerSideEncryptionConfiguration?.Rules ?? [];
    expect(rule?.ApplyServerSideEncryptionByDefault).toMatchObject({
      SSEAlgorithm: 'aws:kms',
      KMSMasterKeyID: expect.stringMatching(
        /^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/,
      ),
    });
    const lock = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
    expect(lock.ObjectLockConfiguration?.Rule?.DefaultRetention).toEqual({
      Mode: 'COMPLIANCE',
      Days: 3,
    });
    const lifecycle = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(lifecycle.Rules?.[0]?.NoncurrentVersionExpiration).toEqual({ NoncurrentDays: 30 });
    const table = await new DynamoDBClient(client(cloud)).send(
      new DescribeTimeToLiveCommand({ TableName: output(cloud, 'TableName') }),
    );
    expect(table.TimeToLiveDescription?.AttributeName).toBe('expires');
  },
  PATIENCE_MS,
);

it(
  'takes the server that runs and leaves what is deployed as it is',
  async () => {
    const before = await status({ home });
    await start();
    expect(await status({ home })).toEqual(before);
    expect(said.at(-1)).toBe('the app is deployed as it is');
  },
  PATIENCE_MS,
);

it(
  'starts from an empty cloud when the app has changed',
  async () => {
    const before = await status({ home });
    write('second');
    cloud = await start();
    expect(output(cloud, 'Note')).toBe('second');
    expect(await status({ home })).toMatchObject({ pid: before?.pid });
    expect(said).toContain('the app has changed: starting from an empty cloud');
  },
  PATIENCE_MS,
);

it(
  'shows what the app printed when it cannot be synthesised',
  async () => {
    writeFileSync(join(folder, 'app.mjs'), "throw new Error('no such setting: quorum')");
    await expect(start()).rejects.toThrow(/synthesising the app failed.*no such setting: quorum/s);
    write('second');
  },
  PATIENCE_MS,
);

it(
  'is emptied by a reset',
  async () => {
    expect(await reset({ home })).toBe(true);
    const { Buckets } = await new S3Client(client(cloud)).send(new ListBucketsCommand({}));
    expect(Buckets ?? []).toEqual([]);
    expect((await status({ home }))?.deployed).toBeUndefined();
  },
  PATIENCE_MS,
);

it('refuses to change how a running server was started', async () => {
  await expect(start({ iam: true })).rejects.toThrow('already runs with iam false, asked for true');
});

it(
  'lets policies and their conditions decide when it is asked to enforce IAM',
  async () => {
    await down({ home });
    cloud = await start({ iam: true });
    const { Credentials } = await new STSClient(client(cloud)).send(
      new AssumeRoleCommand({ RoleArn: output(cloud, 'WriterArn'), RoleSessionName: 'writer' }),
    );
    const writer = {
      ...client(cloud),
      credentials: {
        accessKeyId: String(Credentials?.AccessKeyId),
        secretAccessKey: String(Credentials?.SecretAccessKey),
        sessionToken: String(Credentials?.SessionToken),
      },
    };
    const put = (Key: string, IfNoneMatch?: '*') =>
      new S3Client(writer).send(
        new PutObjectCommand({ Bucket: output(cloud, 'BucketName'), Key, Body: 'v', IfNoneMatch }),
      );
    const write = (PK: string) =>
      new DynamoDBClient(writer).send(
        new PutItemCommand({ TableName: output(cloud, 'TableName'), Item: { PK: { S: PK } } }),
      );
    const query = (PK: string) =>
      new DynamoDBClient(writer).send(
        new QueryCommand({
          TableName: output(cloud, 'TableName'),
          KeyConditionExpression: '#k = :k',
          ExpressionAttributeNames: { '#k': 'PK' },
          ExpressionAttributeValues: { ':k': { S: PK } },
        }),
      );
    const sign = (MessageType: 'DIGEST' | 'RAW') =>
      new KMSClient(writer).send(
        new SignCommand({
          KeyId: output(cloud, 'SigningArn'),
          Message: new Uint8Array(32),
          MessageType,
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      );
    const requests: Promise<unknown>[] = [
      put('mine/1', '*'),
      put('mine/2'),
      put('other/1', '*'),
      write('T#mine#1'),
      write('T#other#1'),
      query('T#mine#1'),
      query('T#other#1'),
      sign('DIGEST'),
      sign('RAW'),
    ];
    const outcomes = await Promise.all(
      requests.map((request) =>
        request.then(
          () => 'allowed',
          (error: Error) => error.name,
        ),
      ),
    );
    expect(outcomes).toEqual([
      ...['allowed', 'AccessDenied', 'AccessDenied'],
      ...['allowed', 'AccessDeniedException'],
      ...['allowed', 'AccessDeniedException'],
      ...['allowed', 'AccessDeniedException'],
    ]);
  },
  PATIENCE_MS,
);

it('is gone after down', async () => {
  expect(await down({ home })).toBe(true);
  expect(await status({ home })).toBeUndefined();
  expect(await down({ home })).toBe(false);
});
