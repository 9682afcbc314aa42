import { Duration, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';

/** One queue for what each asynchronous edge could not deliver, with an alarm on it. */
export class DeadLetters extends Construct {
  readonly #alarms: Alarms;

  constructor(scope: Construct, id: string, alarms: Alarms) {
    super(scope, id);
    this.#alarms = alarms;
  }

  /** `edge` names what failed to arrive; docs/runbook.md has a heading for each. */
  queue(edge: string): Queue {
    const queue = new Queue(this, edge, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself.',
    });
    this.#alarms.onDeadLetters(edge, queue);
    return queue;
  }
}
