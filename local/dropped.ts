import type { LifecycleRule } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { lifecycleRules } from './lifecycle.ts';
import { type Deployed, resolve, type Template } from './template.ts';

/** A property of the template that MiniStack's CloudFormation accepts and does not apply. */
export type Dropped =
  | {
      readonly setting: 'bucket-encryption';
      readonly bucket: string;
      readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
      readonly keyArn?: string | undefined;
      readonly bucketKey: boolean;
    }
  | {
      readonly setting: 'bucket-lifecycle';
      readonly bucket: string;
      readonly rules: LifecycleRule[];
    }
  | {
      readonly setting: 'bucket-object-lock';
      readonly bucket: string;
      /** Absent where the bucket allows locks and sets none by itself. */
      readonly retention?: z.infer<typeof DefaultRetention> | undefined;
    }
  | { readonly setting: 'table-ttl'; readonly table: string; readonly attribute: string }
  | { readonly setting: 'table-recovery'; readonly table: string }
  | {
      readonly setting: 'function-concurrency';
      readonly functionName: string;
      readonly reserved: number;
    };

const DefaultRetention = z.strictObject({
  Mode: z.enum(['GOVERNANCE', 'COMPLIANCE']),
  Days: z.optional(z.int()),
  Years: z.optional(z.int()),
});

const Bucket = z.object({
  BucketEncryption: z.optional(
    z.object({
      ServerSideEncryptionConfiguration: z.tuple([
        z.object({
          BucketKeyEnabled: z.optional(z.boolean()),
          ServerSideEncryptionByDefault: z.object({
            SSEAlgorithm: z.enum(['AES256', 'aws:kms', 'aws:kms:dsse']),
            KMSMasterKeyID: z.optional(z.unknown()),
          }),
        }),
      ]),
    }),
  ),
  LifecycleConfiguration: z.optional(z.unknown()),
  ObjectLockEnabled: z.optional(z.boolean()),
  ObjectLockConfiguration: z.optional(
    z.object({ Rule: z.optional(z.object({ DefaultRetention })) }),
  ),
});

const Recovery = z.optional(z.object({ PointInTimeRecoveryEnabled: z.boolean() }));

const Table = z.object({
  TimeToLiveSpecification: z.optional(
    z.object({ AttributeName: z.string(), Enabled: z.boolean() }),
  ),
  PointInTimeRecoverySpecification: Recovery,
  Replicas: z.optional(z.array(z.object({ PointInTimeRecoverySpecification: Recovery }))),
});

const LambdaFunction = z.object({ ReservedConcurrentExecutions: z.optional(z.int()) });

/** All that a stack's template asks for and the deployed stack lacks. */
export function droppedSettings(template: Template, deployed: Deployed): Dropped[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties = {} }]) => {
    const name = (): string => resolve({ Ref: logicalId }, deployed);
    switch (Type) {
      case 'AWS::S3::Bucket':
        return ofBucket(name(), Bucket.parse(Properties), deployed);
      case 'AWS::DynamoDB::Table':
      case 'AWS::DynamoDB::GlobalTable':
        return ofTable(name(), Table.parse(Properties));
      case 'AWS::Lambda::Function':
        return ofFunction(name(), LambdaFunction.parse(Properties));
      default:
        return [];
    }
  });
}

function ofBucket(bucket: string, asked: z.infer<typeof Bucket>, deployed: Deployed): Dropped[] {
  const dropped: Dropped[] = [];
  const [encryption] = asked.BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
  if (encryption) {
    const { SSEAlgorithm, KMSMasterKeyID } = encryption.ServerSideEncryptionByDefault;
    dropped.push({
      setting: 'bucket-encryption',
      bucket,
      algorithm: SSEAlgorithm,
      keyArn: KMSMasterKeyID === undefined ? undefined : resolve(KMSMasterKeyID, deployed),
      bucketKey: encryption.BucketKeyEnabled ?? false,
    });
  }
  if (asked.LifecycleConfiguration) {
    const rules = lifecycleRules(asked.LifecycleConfiguration);
    dropped.push({ setting: 'bucket-lifecycle', bucket, rules });
  }
  if (asked.ObjectLockEnabled) {
    const retention = asked.ObjectLockConfiguration?.Rule?.DefaultRetention;
    dropped.push({ setting: 'bucket-object-lock', bucket, retention });
  }
  return dropped;
}

function ofTable(table: string, asked: z.infer<typeof Table>): Dropped[] {
  const dropped: Dropped[] = [];
  if (asked.TimeToLiveSpecification?.Enabled) {
    const attribute = asked.TimeToLiveSpecification.AttributeName;
    dropped.push({ setting: 'table-ttl', table, attribute });
  }
  const recovery = [asked, ...(asked.Replicas ?? [])].some(
    (part) => part.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled,
  );
  if (recovery) dropped.push({ setting: 'table-recovery', table });
  return dropped;
}

function ofFunction(functionName: string, asked: z.infer<typeof LambdaFunction>): Dropped[] {
  const reserved = asked.ReservedConcurrentExecutions;
  return reserved === undefined
    ? []
    : [{ setting: 'function-concurrency', functionName, reserved }];
}
