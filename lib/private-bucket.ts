import type { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  BucketEncryption,
  type BucketProps,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { removalPolicy } from './removal-policy.ts';

export interface PrivateBucketProps {
  readonly key: Key;
  readonly retain: boolean;
  readonly accessLogs: IBucket;
  readonly accessLogPrefix: string;
}

/** What every bucket of ours is: private, over TLS, encrypted with our key, versioned and logged. */
export const privateBucket = (props: PrivateBucketProps): BucketProps => ({
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  bucketKeyEnabled: true,
  encryption: BucketEncryption.KMS,
  encryptionKey: props.key,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: removalPolicy(props),
  serverAccessLogsBucket: props.accessLogs,
  serverAccessLogsPrefix: props.accessLogPrefix,
  versioned: true,
});
