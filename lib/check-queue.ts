import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { AssayFunction } from './assay-function.ts';
import type { DeadLetters } from './dead-letters.ts';

/** One model takes some seconds; a week of 2,000 features, on two busy cores, half a minute. */
export const CHECK_MINUTES = 5;
/** Lambda asks for six times its function's timeout, so that none is checked twice at once. */
const VISIBLE_AFTER_MINUTES = 6 * CHECK_MINUTES;
const TRIES = 3;

/** Models that wait to be checked, a message for each. */
export class CheckQueue extends Queue {
  /** `edge` names what could not be checked. */
  constructor(scope: Construct, id: string, deadLetters: DeadLetters, edge: string) {
    super(scope, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(4),
      visibilityTimeout: Duration.minutes(VISIBLE_AFTER_MINUTES),
      deadLetterQueue: { queue: deadLetters.queue(edge), maxReceiveCount: TRIES },
    });
  }

  /** Lets `fn` ask for checks on this queue, and tells it which one it is. */
  grantAsk(fn: AssayFunction): void {
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.queueArn] }),
    );
    fn.addEnvironment('CHECK_QUEUE_URL', this.queueUrl);
  }
}
