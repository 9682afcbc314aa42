import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { AssayFunction } from './assay-function.ts';
import type { Config } from './config.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Topics } from './topics.ts';

export interface OnCallProps {
  readonly config: Config;
  readonly data: DataStack;
  readonly topics: Topics;
  readonly deadLetters: DeadLetters;
}

/** Tells people of alarms of models, in every way that the deployment names. */
export class OnCall extends Construct {
  constructor(scope: Construct, id: string, { config, data, topics, deadLetters }: OnCallProps) {
    super(scope, id);
    const { pagerDutySecret, webhook, github } = config.notify;
    const notify = new AssayFunction(this, 'NotifyOnCall', {
      room: 'monitoring',
      description: 'Tells people of alarms, with what the latest report says of the cause',
      timeout: Duration.minutes(1),
      environment: {
        EVIDENCE_BUCKET: data.evidence.bucket.bucketName,
        ALARM_TOPIC_ARN: topics.alarms.topicArn,
        ...(pagerDutySecret && { PAGER_DUTY_SECRET_ARN: pagerDutySecret }),
        ...(webhook && { WEBHOOK_URL: webhook.url, WEBHOOK_SECRET_ARN: webhook.secret }),
        ...(github && {
          GITHUB_REPOSITORY: github.repository,
          GITHUB_TOKEN_SECRET_ARN: github.tokenSecret,
          GITHUB_CLOSES: String(github.closes),
        }),
      },
    });
    data.metrics.grantRead(notify, 'reports');
    data.evidence.grantRead(notify, 'drift-reports/');
    topics.grantPublish(notify, topics.alarms);
    const secrets = [pagerDutySecret, webhook?.secret, github?.tokenSecret].filter(
      (arn) => arn !== undefined,
    );
    if (secrets.length > 0) {
      notify.addToRolePolicy(
        new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: secrets }),
      );
    }
    const undelivered = deadLetters.queue('NotifyOnCall');
    // The topic's part ends where Lambda has taken the event: what faults after that goes here too.
    notify.configureAsyncInvoke({ onFailure: new SqsDestination(undelivered), retryAttempts: 2 });
    topics.models.addSubscription(new LambdaSubscription(notify, { deadLetterQueue: undelivered }));
  }
}
