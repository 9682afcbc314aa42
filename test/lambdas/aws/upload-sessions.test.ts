import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { UploadSessions } from '#aws/upload-sessions.ts';

const client = mockClient(STSClient);
const sessions = new UploadSessions(
  'arn:aws:iam::111122223333:role/upload',
  'arn:aws:s3:::artifacts',
  new STSClient({ region: 'eu-west-1' }),
);
const sam = { id: 'sam', tenant: 'acme' };
const upload = { tenant: 'acme', model: 'iris', uploadId: 'u1' };
const Credentials = {
  AccessKeyId: 'AKID',
  SecretAccessKey: 'secret',
  SessionToken: 'token',
  Expiration: new Date('2026-01-01T01:00:00Z'),
};
const AssumedRoleUser = { AssumedRoleId: 'AROA1:sam@acme', Arn: 'arn' };

beforeEach(() => {
  client.reset();
});

it('names the session by person and tenant, by which its uploads are then known', async () => {
  client.on(AssumeRoleCommand).resolves({ Credentials, AssumedRoleUser });
  expect(await sessions.open(sam, upload)).toEqual({
    principal: 'AROA1:sam@acme',
    credentials: {
      accessKeyId: 'AKID',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: '2026-01-01T01:00:00.000Z',
    },
  });
  expect(client.commandCalls(AssumeRoleCommand)[0]?.args[0].input).toMatchObject({
    RoleArn: 'arn:aws:iam::111122223333:role/upload',
    RoleSessionName: 'sam@acme',
    DurationSeconds: 3600,
  });
});

it("allows to write below this one upload's prefix and nothing else in S3", async () => {
  client.on(AssumeRoleCommand).resolves({ Credentials, AssumedRoleUser });
  await sessions.open(sam, upload);
  const policy = JSON.parse(client.commandCalls(AssumeRoleCommand)[0]?.args[0].input.Policy ?? '');
  const s3 = policy.Statement.filter(({ Action }: { Action: string[] }) =>
    Action.some((action) => action.startsWith('s3:') || action.includes('*')),
  );
  expect(s3).toEqual([
    {
      Effect: 'Allow',
      Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an IAM policy variable
      Resource: 'arn:aws:s3:::artifacts/uploads/${aws:userid}/acme/iris/u1/*',
    },
  ]);
});

it.each([
  ['credentials', { AssumedRoleUser }],
  ['an identity', { Credentials }],
])('faults when STS returns a session without %s', async (_, answer) => {
  client.on(AssumeRoleCommand).resolves(answer);
  await expect(sessions.open(sam, upload)).rejects.toThrow(
    'STS returned no session for arn:aws:iam::111122223333:role/upload',
  );
});
