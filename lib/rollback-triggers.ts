import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Topics } from './topics.ts';

export interface RollbackTriggersProps {
  readonly data: DataStack;
  readonly bus: IEventBus;
  readonly topics: Topics;
  readonly deadLetters: DeadLetters;
  readonly rollback: { grantRequest(fn: AssayFunction): void };
}

/** What asks for rollbacks by itself, besides looks: breakers of processes, and alarms. */
export class RollbackTriggers extends Construct {
  readonly #props: RollbackTriggersProps;

  constructor(scope: Construct, id: string, props: RollbackTriggersProps) {
    super(scope, id);
    this.#props = props;
    this.#onBreaker();
    this.#onAlarm();
  }

  /** A process that has seen a version fail time and again says so on the bus. */
  #onBreaker(): void {
    const request = this.#requester(
      'RequestRollback',
      'Asks to roll back what a process has seen to fail',
    );
    new Rule(this, 'CandidateFailing', {
      description: 'A version on trial that fails time and again is rolled back',
      eventBus: this.#props.bus,
      eventPattern: {
        source: ['io.assay'],
        detailType: ['io.assay.candidate.failing.v1'],
      },
      targets: [
        new LambdaFunction(request, {
          deadLetterQueue: this.#undelivered('CandidateFailing', request),
          maxEventAge: Duration.hours(1),
          retryAttempts: 185,
        }),
      ],
    });
  }

  /** The backstop where nobody looks: any alarm that an operator points at the topic. */
  #onAlarm(): void {
    const { data, topics } = this.#props;
    const request = this.#requester(
      'RequestRollbackOnAlarm',
      'Asks to roll back the model that an alarm is about',
    );
    request.addEnvironment('REGISTRY_TABLE', data.registry.table.tableName);
    data.registry.grantRead(request, 'routes', 'monitoring');
    topics.rollbacks.addSubscription(
      new LambdaSubscription(request, {
        deadLetterQueue: this.#undelivered('RollbackAlarm', request),
      }),
    );
  }

  #requester(id: string, description: string): AssayFunction {
    const timeout = Duration.minutes(1);
    const fn = new AssayFunction(this, id, { room: 'rollout', description, timeout });
    this.#props.rollback.grantRequest(fn);
    return fn;
  }

  /** Rules and topics end where Lambda has taken the event: what faults after that goes here too. */
  #undelivered(edge: string, fn: AssayFunction): Queue {
    const queue = this.#props.deadLetters.queue(edge);
    fn.configureAsyncInvoke({ onFailure: new SqsDestination(queue), retryAttempts: 2 });
    return queue;
  }
}
