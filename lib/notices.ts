import { type EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { DeadLetters } from './dead-letters.ts';
import type { Topics } from './topics.ts';

export interface NoticesProps {
  readonly bus: EventBus;
  readonly topics: Topics;
  readonly deadLetters: DeadLetters;
}

/** Tells whoever uses models which version answers, as it changes; nobody has to do anything. */
export class Notices extends Construct {
  constructor(scope: Construct, id: string, { bus, topics, deadLetters }: NoticesProps) {
    super(scope, id);
    const deadLetterQueue = deadLetters.queue('Notice');
    const subject = EventField.fromPath('$.detail.subject');
    const at = EventField.fromPath('$.detail.time');
    const reason = EventField.fromPath('$.detail.data.reasonLine');
    new Rule(this, 'Promotion', {
      description: 'A version came to production',
      eventBus: bus,
      eventPattern: {
        source: ['io.assay'],
        detailType: ['io.assay.version.state.changed.v1'],
        detail: { data: { to: ['PRODUCTION'] } },
      },
      targets: [
        new SnsTopic(topics.notices, {
          message: RuleTargetInput.fromText(`${subject} answers all requests since ${at}.`),
          deadLetterQueue,
        }),
      ],
    });
    new Rule(this, 'Rollback', {
      description: 'A version is out of traffic',
      eventBus: bus,
      eventPattern: { source: ['io.assay'], detailType: ['io.assay.rollout.rolledback.v1'] },
      targets: [
        new SnsTopic(topics.notices, {
          message: RuleTargetInput.fromText(
            `${subject} was rolled back at ${at} and answers no requests: ${reason}`,
          ),
          deadLetterQueue,
        }),
      ],
    });
  }
}
