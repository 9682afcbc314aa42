import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { AssayFunction } from './assay-function.ts';
import { removalPolicy } from './removal-policy.ts';

export interface DerivationKeyProps {
  readonly retain: boolean;
}

/** An HMAC key that keys of tenants are derived from; it never leaves KMS. */
export class DerivationKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { retain }: DerivationKeyProps) {
    super(scope, id);
    const key = new Key(this, 'Key', {
      description: "Derives tenants' keys of decisions and caches",
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: removalPolicy({ retain }),
    });
    this.arn = key.keyArn;
  }

  /** Lets `fn` derive keys of any tenant: whoever may serves all of them. */
  grantDerive(fn: AssayFunction): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['kms:GenerateMac'],
        resources: [this.arn],
        conditions: { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_256' } },
      }),
    );
    fn.addEnvironment('DERIVATION_KEY_ARN', this.arn);
  }
}
