import type { Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';

/** At least one: a right to none of them would be a mistake. */
export type Some<T> = readonly [T, ...T[]];

/** Restricts a statement to partitions whose keys match one of `patterns`. */
export const leadingKeys = (patterns: readonly string[]) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
});

export const READ_KEY = ['kms:Decrypt', 'kms:DescribeKey'] as const;

export const WRITE_KEY = [
  'kms:Encrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
] as const;

/** DynamoDB uses a table's key in the name of whoever calls it, and for no other service. */
export function grantTableKey(
  key: Key,
  scope: Stack,
  grantee: IGrantable,
  actions: readonly string[],
): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${scope.region}.amazonaws.com` } },
    }),
  );
}
