import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourceCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { type FunctionConfiguration, paginateListFunctions } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, inject } from 'vitest';
import { lambda } from './clients.ts';

const { endpoint } = inject('cloud');
const options = { endpoint, region: 'us-east-1' };
const ROOT = { accessKeyId: 'test', secretAccessKey: 'test' };

export interface SessionKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Clients with the rights of one principal. */
export function as({ accessKeyId, secretAccessKey, sessionToken }: SessionKeys) {
  const signed = { ...options, credentials: { accessKeyId, secretAccessKey, sessionToken } };
  return {
    s3: new S3Client(signed),
    dynamodb: DynamoDBDocumentClient.from(new DynamoDBClient(signed)),
    kms: new KMSClient(signed),
    sfn: new SFNClient(signed),
    sts: new STSClient(signed),
  };
}
export type As = ReturnType<typeof as>;

/** The account's root, whom MiniStack lets do everything: shows that a call is well formed. */
export const root = as(ROOT);

/** A session of a role. */
export async function assume(roleArn: string, by: As = root): Promise<As & { userId: string }> {
  const { Credentials: c, AssumedRoleUser } = await by.sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'permissions' }),
  );
  const keys = {
    accessKeyId: c?.AccessKeyId ?? '',
    secretAccessKey: c?.SecretAccessKey ?? '',
    sessionToken: c?.SessionToken,
  };
  return { ...as(keys), userId: AssumedRoleUser?.AssumedRoleId ?? '' };
}

/** A session of a function's own role. MiniStack lets root in where a role trusts a service. */
export const asFunction = async (construct: string): Promise<As> =>
  assume((await functionOf(construct)).Role ?? '');

/** The value of a function's environment variable. */
export async function settingOf(construct: string, variable: string): Promise<string> {
  const value = (await functionOf(construct)).Environment?.Variables?.[variable];
  if (value === undefined) throw new Error(`${construct} has no variable ${variable}`);
  return value;
}

/** A role with every right that an identity policy can give; only resource policies bind it. */
export async function administrator(): Promise<As> {
  const cloudformation = new CloudFormationClient({ ...options, credentials: ROOT });
  const StackName = 'administrator';
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
  const { StackId } = await cloudformation.send(
    new CreateStackCommand({
      StackName,
      Capabilities: ['CAPABILITY_IAM'],
      TemplateBody: JSON.stringify({
        Resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: {
              AssumeRolePolicyDocument: policy({
                Effect: 'Allow',
                Action: 'sts:AssumeRole',
                Principal: { AWS: { Ref: 'AWS::AccountId' } },
              }),
              Policies: [{ PolicyName: 'Everything', PolicyDocument: policy(allow) }],
            },
          },
        },
      }),
    }),
  );
  await waitUntilStackCreateComplete({ client: cloudformation, maxWaitTime: 60 }, { StackName });
  const { StackResourceDetail: role } = await cloudformation.send(
    new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'Role' }),
  );
  const account = StackId?.split(':')[4];
  return assume(`arn:aws:iam::${account}:role/${role?.PhysicalResourceId}`);
}

const policy = (statement: object) => ({ Version: '2012-10-17', Statement: [statement] });

/** Expects a refusal by IAM, whose message says `why`. */
export const denied = (call: Promise<unknown>, why = /not authorized/): Promise<void> =>
  expect(call).rejects.toMatchObject({
    name: expect.stringMatching(/^AccessDenied(Exception)?$/),
    message: expect.stringMatching(why),
  });

/** Physical names end in the construct's id, CDK's hash of its path, and what makes them unique. */
export async function functionOf(construct: string): Promise<FunctionConfiguration> {
  const name = new RegExp(`${construct}[0-9A-F]{8}-`);
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {})) {
    const found = Functions.find(({ FunctionName = '' }) => name.test(FunctionName));
    if (found) return found;
  }
  throw new Error(`no function ${construct} is deployed`);
}
