import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { removalPolicy } from './removal-policy.ts';

export interface SigningKeyProps {
  readonly description: string;
  readonly retain: boolean;
}

/** A P-256 key that signs digests and nothing else. */
export class SigningKey extends Construct {
  readonly arn: string;
  readonly #key: Key;

  constructor(scope: Construct, id: string, { description, retain }: SigningKeyProps) {
    super(scope, id);
    this.#key = new Key(this, 'Key', {
      description,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: removalPolicy({ retain }),
    });
    this.arn = this.#key.keyArn;
  }

  /** Lets `grantee` sign digests by ECDSA with SHA-256, and read the public key to check itself. */
  grantSign(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kms:Sign'],
        resources: [this.arn],
        conditions: {
          StringEquals: {
            'kms:SigningAlgorithm': 'ECDSA_SHA_256',
            'kms:MessageType': 'DIGEST',
          },
        },
      }),
    );
    this.grantVerify(grantee);
  }

  /** Lets `grantee` read the public key; verifying needs no call to KMS. */
  grantVerify(grantee: IGrantable): void {
    this.#key.grant(grantee, 'kms:GetPublicKey');
  }
}
