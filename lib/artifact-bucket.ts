import { Duration } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ObjectGrants } from './object-grants.ts';
import { type PrivateBucketProps, privateBucket } from './private-bucket.ts';
import { removalPolicy } from './removal-policy.ts';

/** Roles that carry this tag may lock and tag artifacts; nobody else may. */
export const REGISTRAR_TAG = { key: 'assay:duty', value: 'registrar' } as const;

/** Where models are uploaded; registered versions are locked, every upload raises an event. */
export class ArtifactBucket extends Construct {
  readonly bucket: Bucket;
  readonly #key: Key;
  readonly #objects: ObjectGrants;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    this.#key = props.key;
    this.bucket = new Bucket(this, 'Bucket', {
      ...privateBucket(props),
      objectLockEnabled: true,
      lifecycleRules: [
        { id: 'UnfinishedUploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
    });
    this.bucket.policy?.applyRemovalPolicy(removalPolicy(props));
    this.#objects = new ObjectGrants(this.bucket, 'ArtifactBucketArn');
    // On the L1: the L2's switch deploys a custom resource with rights over every bucket.
    const l1 = this.bucket.node.defaultChild as CfnBucket;
    l1.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    this.#denyForeignUploads();
    this.#denyTampering();
  }

  /** Lets `grantee` read every uploaded version. */
  grantRead(grantee: IGrantable): void {
    this.#objects.allow(grantee, ['s3:GetObject', 's3:GetObjectVersion'], 'uploads/*');
    this.#key.grant(grantee, 'kms:Decrypt');
  }

  /** Lets `grantee` find out which versions there are. */
  grantList(grantee: IGrantable): void {
    this.#objects.allowBucket(grantee, ['s3:ListBucketVersions'], {
      StringLike: { 's3:prefix': 'uploads/*' },
    });
  }

  /** Without this, S3 answers that an object is forbidden where it is only gone. */
  grantSeeMissing(grantee: IGrantable): void {
    this.#objects.allowBucket(grantee, ['s3:ListBucket'], {});
  }

  grantLock(grantee: IGrantable): void {
    this.#objects.allow(grantee, ['s3:PutObjectRetention'], 'uploads/*');
  }

  /** Lets `grantee` upload below its own name; what it wrote it can neither lock nor remove. */
  grantUpload(grantee: IGrantable): void {
    this.#objects.allow(
      grantee,
      ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an IAM policy variable
      'uploads/${aws:userid}/*',
    );
    this.#key.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
  }

  /** S3 events do not say who uploaded, so the key does, and nobody may write another's name. */
  #denyForeignUploads(): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyBelowOwnName',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: an IAM policy variable
        notResources: [this.bucket.arnForObjects('uploads/${aws:userid}/*')],
      }),
    );
  }

  #denyTampering(): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyRegistrarsLock',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: [
          's3:PutObjectRetention',
          's3:PutObjectLegalHold',
          's3:BypassGovernanceRetention',
          's3:PutObjectTagging',
          's3:PutObjectVersionTagging',
          's3:DeleteObjectVersion',
        ],
        resources: [this.bucket.arnForObjects('*')],
        conditions: {
          StringNotEquals: { [`aws:PrincipalTag/${REGISTRAR_TAG.key}`]: REGISTRAR_TAG.value },
        },
      }),
    );
  }
}
