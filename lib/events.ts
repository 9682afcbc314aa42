import { Duration } from 'aws-cdk-lib';
import { EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Topics } from './topics.ts';

export interface EventsProps {
  readonly data: DataStack;
  readonly alarms: Alarms;
  readonly deadLetters: DeadLetters;
  readonly topics: Topics;
}

/** Assay's own bus: one CloudEvent for each change that the registry holds. */
export class Events extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, { data, alarms, deadLetters, topics }: EventsProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { description: 'What happens to model versions' });
    const publish = new AssayFunction(this, 'PublishEvents', {
      room: 'audit',
      description: 'Puts audit entries on the bus as CloudEvents',
      timeout: Duration.minutes(1),
      environment: { EVENT_BUS: this.bus.eventBusName },
    });
    this.bus.grantPutEventsTo(publish);
    publish.addEventSource(
      new DynamoEventSource(data.registry.table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        bisectBatchOnError: true,
        retryAttempts: 10,
        onFailure: new SqsDlq(deadLetters.queue('Event')),
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { PK: { S: FilterRule.beginsWith('AUD#') } } },
          }),
        ],
      }),
    );
    alarms.above(
      'EventsLate',
      'Audit entries wait longer than five minutes to be published',
      publish.metric('IteratorAge', { period: Duration.minutes(1), statistic: 'Maximum' }),
      Duration.minutes(5).toMilliseconds(),
    );
    this.#announceApprovals(topics, deadLetters);
    this.#announceQuestions(topics, deadLetters);
  }

  #announceApprovals(topics: Topics, deadLetters: DeadLetters): void {
    const subject = EventField.fromPath('$.detail.subject');
    const approval = EventField.fromPath('$.detail.data.approval');
    new Rule(this, 'ApprovalRequested', {
      description: 'Tells people what waits for their vote',
      eventBus: this.bus,
      eventPattern: {
        source: ['io.assay'],
        detailType: ['io.assay.approval.requested.v1'],
      },
      targets: [
        new SnsTopic(topics.approvals, {
          message: RuleTargetInput.fromText(
            `${subject} waits for approval. Read its evidence (assay status), then vote: assay approve ${approval}`,
          ),
          deadLetterQueue: deadLetters.queue('ApprovalRequested'),
        }),
      ],
    });
  }
  #announceQuestions(topics: Topics, deadLetters: DeadLetters): void {
    const subject = EventField.fromPath('$.detail.subject');
    const reason = EventField.fromPath('$.detail.data.reasonLine');
    new Rule(this, 'RolloutAsked', {
      description: 'Tells people which rollout cannot go on by itself',
      eventBus: this.bus,
      eventPattern: {
        source: ['io.assay'],
        detailType: ['io.assay.rollout.asked.v1'],
      },
      targets: [
        new SnsTopic(topics.approvals, {
          message: RuleTargetInput.fromText(
            `The rollout of ${subject} waits for a decision: ${reason}. Look at it (assay rollout status), then let it go on (assay rollout resume --allow-step) or end it (assay rollout abort).`,
          ),
          deadLetterQueue: deadLetters.queue('RolloutAsked'),
        }),
      ],
    });
  }
}
