import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { AssayFunction } from './assay-function.ts';

export interface TopicsProps {
  readonly key: Key;
  readonly email: string | undefined;
}

/** Where Assay tells people what waits for them, what is wrong and what serves, and alarms tell Assay. */
export class Topics extends Construct {
  readonly approvals: Topic;
  readonly alarms: Topic;
  /** What somebody has to mend on a working day: it wakes nobody. */
  readonly warnings: Topic;
  /** An alarm that is pointed here rolls back the model that it is about. */
  readonly rollbacks: Topic;
  /** Alarms of models, before a function has said what is behind them. */
  readonly models: Topic;
  /** Which version answers, for whoever uses models. */
  readonly notices: Topic;
  readonly #key: Key;

  constructor(scope: Construct, id: string, { key, email }: TopicsProps) {
    super(scope, id);
    this.#key = key;
    this.approvals = new Topic(this, 'Approvals', {
      displayName: 'Assay: waiting for approval',
      masterKey: key,
      enforceSSL: true,
    });
    this.alarms = new Topic(this, 'Alarms', {
      displayName: 'Assay: alarms',
      masterKey: key,
      enforceSSL: true,
    });
    this.warnings = new Topic(this, 'Warnings', {
      displayName: 'Assay: to be mended on a working day',
      masterKey: key,
      enforceSSL: true,
    });
    this.rollbacks = new Topic(this, 'Rollbacks', {
      displayName: 'Assay: alarms that roll back',
      masterKey: key,
      enforceSSL: true,
    });
    this.models = new Topic(this, 'Models', {
      displayName: 'Assay: alarms of models',
      masterKey: key,
      enforceSSL: true,
    });
    this.notices = new Topic(this, 'Notices', {
      displayName: 'Assay: versions in and out of production',
      masterKey: key,
      enforceSSL: true,
    });
    this.#letAlarmsPublish(key, this.alarms, this.warnings, this.rollbacks, this.models);
    if (email) {
      this.approvals.addSubscription(new EmailSubscription(email));
      this.alarms.addSubscription(new EmailSubscription(email));
      this.warnings.addSubscription(new EmailSubscription(email));
      this.notices.addSubscription(new EmailSubscription(email));
    }
  }

  /** Lets `fn` publish to the topic, whose key SNS uses in its name. */
  grantPublish(fn: AssayFunction, topic: Topic): void {
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }),
    );
    this.#key.grant(fn, 'kms:Decrypt', 'kms:GenerateDataKey');
  }

  /** A topic with a policy of its own has lost the default one, which lets alarms of the account in. */
  #letAlarmsPublish(key: Key, ...topics: readonly Topic[]): void {
    const stack = Stack.of(this);
    const ofAccount = { StringEquals: { 'aws:SourceAccount': stack.account } };
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com', { conditions: ofAccount });
    const alarm = { service: 'cloudwatch', resource: 'alarm', resourceName: '*' };
    for (const topic of topics) {
      topic.addToResourcePolicy(
        new PolicyStatement({
          principals: [cloudWatch],
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
          conditions: {
            ArnLike: {
              'aws:SourceArn': stack.formatArn({
                ...alarm,
                arnFormat: ArnFormat.COLON_RESOURCE_NAME,
              }),
            },
          },
        }),
      );
    }
    // EventBridge, which the rules' targets let in, cannot be held to an account: its calls to KMS do
    // not say whose they are. docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    key.grant(cloudWatch, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}
