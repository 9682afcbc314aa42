import { Stack, Validations } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

/** Grants on some of a bucket's objects, for roles of other stacks. */
export class ObjectGrants {
  readonly #exportName: string;
  readonly #arn: string;

  /** @param name of the export; a stack of ours exports each bucket once */
  constructor(bucket: Bucket, name: string) {
    const stack = Stack.of(bucket);
    this.#exportName = `${stack.stackName}-${name}`;
    this.#arn = stack.exportValue(bucket.bucketArn, { name: this.#exportName });
  }

  /** Allows `actions` on the objects whose keys match `pattern`. */
  allow(grantee: IGrantable, actions: string[], pattern: string): void {
    const { grantPrincipal } = grantee;
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions, resources: [`${this.#arn}/${pattern}`] }),
    );
    const shown = pattern.replace(/\$\{([\w:]+)\}/g, '<$1>');
    Validations.of(grantPrincipal as never).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${this.#exportName}/${shown}]`,
      reason: `Keys hold tenants, models and digests that no deployment knows; only ${pattern} is granted.`,
    });
  }

  /** Allows `actions` on the bucket itself, under `conditions`. */
  allowBucket(grantee: IGrantable, actions: string[], conditions: Record<string, unknown>): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions, resources: [this.#arn], conditions }),
    );
  }
}
