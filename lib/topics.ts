import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface TopicsProps {
  readonly key: Key;
  readonly email: string | undefined;
}

/** Where Assay tells people what waits for their vote and what is wrong, and alarms tell Assay. */
export class Topics extends Construct {
  readonly approvals: Topic;
  readonly alarms: Topic;
  /** An alarm that is pointed here rolls back the model that it is about. */
  readonly rollbacks: Topic;

  constructor(scope: Construct, id: string, { key, email }: TopicsProps) {
    super(scope, id);
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
    this.rollbacks = new Topic(this, 'Rollbacks', {
      displayName: 'Assay: alarms that roll back',
      masterKey: key,
      enforceSSL: true,
    });
    this.#letAlarmsPublish(key, this.alarms, this.rollbacks);
    if (email) {
      this.approvals.addSubscription(new EmailSubscription(email));
      this.alarms.addSubscription(new EmailSubscription(email));
    }
  }

  /** A topic with a policy of its own has lost the default one, which lets alarms of the account in. */
  #letAlarmsPublish(key: Key, ...topics: readonly Topic[]): void {
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    const stack = Stack.of(this);
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
            StringEquals: { 'aws:SourceAccount': stack.account },
          },
        }),
      );
    }
    key.grant(cloudWatch, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}
