import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ObjectGrants } from './object-grants.ts';
import { type PrivateBucketProps, privateBucket } from './private-bucket.ts';
import { removalPolicy } from './removal-policy.ts';

const ADVISORIES = 'advisories/';
const EVALUATIONS = 'evaluations/';
const CAPTURES = 'captures/';
const RESERVOIR = 'reservoir/';

/** The snapshot of advisories in use: whoever judges by it hears when it is written. */
export const ADVISORY_INDEX = `${ADVISORIES}index.json`;
/** Where an operator puts an `all.zip` that cannot be downloaded. */
export const ADVISORY_IMPORT = `${ADVISORIES}import/all.zip`;

/** What is worked with and can be had again, or must be erasable: never locked. */
export class DataBucket extends Construct {
  readonly bucket: Bucket;
  readonly #key: Key;
  readonly #objects: ObjectGrants;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    this.#key = props.key;
    this.bucket = new Bucket(this, 'Bucket', {
      ...privateBucket(props),
      lifecycleRules: [
        { id: 'UnfinishedUploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
        // Verdicts name a snapshot by its digest, under which it stays; the index only moves on.
        { id: 'Replaced', noncurrentVersionExpiration: Duration.days(90) },
        // Results name what was found by its hash; rows without truth, and answers, need not last.
        { id: 'Evaluations', prefix: EVALUATIONS, expiration: Duration.days(90) },
        // A year and a month, so that a month can be compared with the same one before.
        { id: 'Captures', prefix: CAPTURES, expiration: Duration.days(400) },
        // Rows of people: no longer than it takes to look into what a report shows.
        {
          id: 'Reservoir',
          prefix: RESERVOIR,
          expiration: Duration.days(30),
          noncurrentVersionExpiration: Duration.days(1),
        },
        { id: 'Imported', prefix: `${ADVISORIES}import/`, expiration: Duration.days(30) },
      ],
    });
    this.bucket.policy?.applyRemovalPolicy(removalPolicy(props));
    this.#objects = new ObjectGrants(this.bucket, 'DataBucketArn');
    // On the L1: the L2's switch deploys a custom resource with rights over every bucket.
    const l1 = this.bucket.node.defaultChild as CfnBucket;
    l1.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }

  /** Lets `grantee` read snapshots of advisories, and see that there is none. */
  grantReadAdvisories(grantee: IGrantable): void {
    this.#objects.allow(grantee, ['s3:GetObject'], `${ADVISORIES}*`);
    // Without this, S3 answers that an object is forbidden where there is none.
    this.#objects.allowBucket(grantee, ['s3:ListBucket'], {});
    this.#key.grant(grantee, 'kms:Decrypt');
  }

  /** Lets `grantee` lay out what an evaluation job is to answer. */
  grantPlanEvaluations(grantee: IGrantable): void {
    for (const folder of ['input', 'files']) {
      this.#objects.allow(grantee, ['s3:PutObject'], `${EVALUATIONS}*/${folder}/*`);
    }
    this.#key.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
  }

  /** Lets `grantee`, the role of evaluation jobs, read what it is given and leave what it found. */
  grantEvaluate(grantee: IGrantable): void {
    for (const folder of ['input', 'files']) {
      this.#objects.allow(grantee, ['s3:GetObject'], `${EVALUATIONS}*/${folder}/*`);
    }
    this.#objects.allow(grantee, ['s3:PutObject'], `${EVALUATIONS}*/output/*`);
    this.#objects.allowBucket(grantee, ['s3:ListBucket'], {
      StringLike: { 's3:prefix': `${EVALUATIONS}*` },
    });
    this.#key.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
  }

  /** Lets `grantee` read plans and what jobs have left, and see that they left nothing. */
  grantJudgeEvaluations(grantee: IGrantable): void {
    for (const folder of ['input', 'output']) {
      this.#objects.allow(
        grantee,
        ['s3:GetObject', 's3:GetObjectVersion'],
        `${EVALUATIONS}*/${folder}/*`,
      );
    }
    // Without this, S3 answers that an object is forbidden where there is none.
    this.#objects.allowBucket(grantee, ['s3:ListBucket'], {});
    this.#key.grant(grantee, 'kms:Decrypt');
  }

  /** Lets `grantee` archive what versions took and answered in an hour, and read nothing. */
  grantArchiveCaptures(grantee: IGrantable): void {
    this.#objects.allow(grantee, ['s3:PutObject'], `${CAPTURES}*`);
    // S3 asks for Decrypt too, for objects in parts.
    this.#key.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
  }

  /** Lets `grantee`, the role that Firehose delivers by, write sampled rows. */
  grantReservoir(grantee: IGrantable): void {
    const actions = ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'];
    this.#objects.allow(grantee, actions, `${RESERVOIR}*`);
    this.#objects.allowBucket(
      grantee,
      ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      {},
    );
    this.#key.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
  }

  /** Lets `grantee` also put a new snapshot of advisories into use. */
  grantWriteAdvisories(grantee: IGrantable): void {
    this.grantReadAdvisories(grantee);
    for (const pattern of ['index.json', 'shards/*', 'snapshots/*']) {
      this.#objects.allow(grantee, ['s3:PutObject'], `${ADVISORIES}${pattern}`);
    }
    this.#key.grant(grantee, 'kms:GenerateDataKey');
  }
}
