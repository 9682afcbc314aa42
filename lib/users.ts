import { Duration, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolGroup,
  ClientAttributes,
  Mfa,
  StringAttribute,
  UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { ROLES } from '#domain/access/person.ts';
import { type Keeping, removalPolicy } from './removal-policy.ts';

/** Who may sign in, and as what. */
export class Users extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;

  constructor(scope: Construct, id: string, keeping: Required<Keeping>) {
    super(scope, id);
    this.pool = new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      customAttributes: { tenant: new StringAttribute({ mutable: false, maxLen: 40 }) },
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireSymbols: true,
        requireUppercase: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.NONE,
      deletionProtection: keeping.deletionProtection,
      removalPolicy: removalPolicy(keeping),
    });
    Validations.of(this.pool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason:
          'The pool offers one-time passwords; whether to require them is for whoever federates it with their identity provider (docs/operating.md).',
      },
      {
        id: 'AwsSolutions-COG3',
        reason:
          'Threat protection needs the Plus plan, billed for each user; docs/operating.md says how to switch it on.',
      },
      {
        id: 'AwsSolutions-COG8',
        reason: 'The Plus plan is billed for each user; the operator chooses it.',
      },
    );
    // A pool that stays would lose who is in which group.
    const kept = removalPolicy({ retain: keeping.retain });
    for (const group of ROLES) {
      const { userPoolId } = this.pool;
      new CfnUserPoolGroup(this, group, { userPoolId, groupName: group }).applyRemovalPolicy(kept);
    }
    this.client = this.pool.addClient('Client', {
      authFlows: { userPassword: true, userSrp: true },
      preventUserExistenceErrors: true,
      idTokenValidity: Duration.hours(1),
      accessTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(1),
      // There is no hosted page to come back from.
      disableOAuth: true,
      // Named one by one: what tokens say, the tenant too, and what people may change of themselves.
      readAttributes: new ClientAttributes()
        .withStandardAttributes({ fullname: true, email: true })
        .withCustomAttributes('tenant'),
      writeAttributes: new ClientAttributes().withStandardAttributes({ fullname: true }),
    });
  }
}
