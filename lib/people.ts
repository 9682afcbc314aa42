import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
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
import { AssayFunction } from './assay-function.ts';
import type { Config } from './config.ts';
import type { DataStack } from './data-stack.ts';

export interface PeopleProps {
  readonly config: Config;
  readonly data: DataStack;
}

/** Who may sign in, as what, and which person each principal belongs to. */
export class People extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  readonly mapPerson: AssayFunction;

  constructor(scope: Construct, id: string, { config, data }: PeopleProps) {
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
      deletionProtection: config.deletionProtection,
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
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
    for (const group of ROLES) {
      new CfnUserPoolGroup(this, group, { userPoolId: this.pool.userPoolId, groupName: group });
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
    this.mapPerson = new AssayFunction(this, 'MapPerson', {
      room: 'access',
      description: 'Says which person a principal belongs to',
      timeout: Duration.seconds(30),
      environment: { REGISTRY_TABLE: data.registry.table.tableName },
    });
    data.registry.grantWrite(this.mapPerson, 'people');
  }
}
