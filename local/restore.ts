import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient,
  paginateListExports,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import {
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import {
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type Dropped, droppedSettings } from './dropped.ts';
import { ACCOUNT, REGION } from './environment.ts';
import type { Home } from './home.ts';
import { requireLoopback } from './loopback.ts';
import { type Deployed, parseTemplate } from './template.ts';

const TEMPLATE = '.template.json';

/** Sets, by each service's own API, what MiniStack's CloudFormation leaves out. Says how much. */
export async function restoreDropped(home: Home, endpoint: string): Promise<number> {
  const client = {
    endpoint: requireLoopback(endpoint),
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const cloudFormation = new CloudFormationClient(client);
  const exports = await listExports(cloudFormation);
  const dropped: Dropped[] = [];
  for (const file of readdirSync(home.cloudAssembly).filter((name) => name.endsWith(TEMPLATE))) {
    const template = parseTemplate(readFileSync(join(home.cloudAssembly, file), 'utf8'));
    const stack = file.slice(0, -TEMPLATE.length);
    const resources = await listResources(cloudFormation, stack);
    dropped.push(...droppedSettings(template, { ...resources, exports, keyArnPrefix: KEYS }));
  }
  const apply = applyWith(
    new S3Client(client),
    new DynamoDBClient(client),
    new LambdaClient(client),
  );
  await Promise.all(dropped.map(apply));
  return dropped.length;
}

const KEYS = `arn:aws:kms:${REGION}:${ACCOUNT}:key/`;

function applyWith(s3: S3Client, dynamoDb: DynamoDBClient, lambda: LambdaClient) {
  return async (dropped: Dropped): Promise<unknown> => {
    switch (dropped.setting) {
      case 'bucket-encryption':
        return s3.send(
          new PutBucketEncryptionCommand({
            Bucket: dropped.bucket,
            ServerSideEncryptionConfiguration: {
              Rules: [
                {
                  ApplyServerSideEncryptionByDefault: {
                    SSEAlgorithm: dropped.algorithm,
                    KMSMasterKeyID: dropped.keyArn,
                  },
                  BucketKeyEnabled: dropped.bucketKey,
                },
              ],
            },
          }),
        );
      case 'bucket-lifecycle':
        return s3.send(
          new PutBucketLifecycleConfigurationCommand({
            Bucket: dropped.bucket,
            LifecycleConfiguration: { Rules: dropped.rules },
          }),
        );
      case 'bucket-object-lock':
        return s3.send(
          new PutObjectLockConfigurationCommand({
            Bucket: dropped.bucket,
            ObjectLockConfiguration: {
              ObjectLockEnabled: 'Enabled',
              Rule: dropped.retention && { DefaultRetention: dropped.retention },
            },
          }),
        );
      case 'table-ttl':
        return dynamoDb.send(
          new UpdateTimeToLiveCommand({
            TableName: dropped.table,
            TimeToLiveSpecification: { Enabled: true, AttributeName: dropped.attribute },
          }),
        );
      case 'table-recovery':
        return dynamoDb.send(
          new UpdateContinuousBackupsCommand({
            TableName: dropped.table,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        );
      case 'function-concurrency':
        return lambda.send(
          new PutFunctionConcurrencyCommand({
            FunctionName: dropped.functionName,
            ReservedConcurrentExecutions: dropped.reserved,
          }),
        );
    }
  };
}

async function listResources(
  client: CloudFormationClient,
  stack: string,
): Promise<Pick<Deployed, 'physicalIds' | 'types'>> {
  const physicalIds: Record<string, string> = {};
  const types: Record<string, string> = {};
  for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
    for (const resource of page.StackResourceSummaries ?? []) {
      const { LogicalResourceId: id, PhysicalResourceId, ResourceType } = resource;
      if (!id) continue;
      physicalIds[id] = PhysicalResourceId ?? '';
      types[id] = ResourceType ?? '';
    }
  }
  return { physicalIds, types };
}

async function listExports(client: CloudFormationClient): Promise<Record<string, string>> {
  const exports: Record<string, string> = {};
  for await (const page of paginateListExports({ client }, {})) {
    for (const { Name, Value } of page.Exports ?? []) if (Name) exports[Name] = Value ?? '';
  }
  return exports;
}
