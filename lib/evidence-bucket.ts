import { Duration } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Config } from './config.ts';
import { ObjectGrants } from './object-grants.ts';
import { type PrivateBucketProps, privateBucket } from './private-bucket.ts';
import { removalPolicy } from './removal-policy.ts';

export interface EvidenceBucketProps extends PrivateBucketProps {
  readonly retention: Config['evidenceRetention'];
}

/** Signatures, gate results, policies and admissions: written once, locked, never overwritten. */
export class EvidenceBucket extends Construct {
  readonly bucket: Bucket;
  readonly #key: Key;
  readonly #objects: ObjectGrants;

  constructor(scope: Construct, id: string, props: EvidenceBucketProps) {
    super(scope, id);
    this.#key = props.key;
    const period = Duration.days(props.retention.days);
    this.bucket = new Bucket(this, 'Bucket', {
      ...privateBucket(props),
      objectLockDefaultRetention:
        props.retention.mode === 'COMPLIANCE'
          ? ObjectLockRetention.compliance(period)
          : ObjectLockRetention.governance(period),
    });
    this.bucket.policy?.applyRemovalPolicy(removalPolicy(props));
    this.#objects = new ObjectGrants(this.bucket, 'EvidenceBucketArn');
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyConditionalWrites',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [this.bucket.arnForObjects('*')],
        conditions: {
          Null: { 's3:if-none-match': 'true', 's3:if-match': 'true' },
          // Parts of a multipart upload create no object and cannot carry the headers.
          Bool: { 's3:ObjectCreationOperation': 'true' },
        },
      }),
    );
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'NobodyDeletes',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention'],
        resources: [this.bucket.arnForObjects('*')],
      }),
    );
  }

  /** Lets `grantee` read the documents below the prefixes. */
  grantRead(grantee: IGrantable, ...prefixes: string[]): void {
    for (const prefix of prefixes) {
      this.#objects.allow(grantee, ['s3:GetObject', 's3:GetObjectVersion'], `${prefix}*`);
    }
    this.#key.grant(grantee, 'kms:Decrypt');
  }

  /** Lets `grantee` add documents whose keys match, and read them back. */
  grantAdd(grantee: IGrantable, ...patterns: string[]): void {
    const actions = ['s3:PutObject', 's3:GetObject', 's3:GetObjectVersion'];
    for (const pattern of patterns) this.#objects.allow(grantee, actions, pattern);
    this.#key.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}
