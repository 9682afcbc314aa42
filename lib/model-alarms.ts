import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { AssayFunction } from './assay-function.ts';
import {
  grantDescribeAlarms,
  grantPutCompositeAlarms,
  grantWriteMetrics,
} from './cloudwatch-rights.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';
import { filled } from './filled.ts';
import type { Topics } from './topics.ts';

export interface ModelAlarmsProps {
  readonly data: DataStack;
  readonly bus: IEventBus;
  readonly topics: Topics;
  readonly alarms: Alarms;
  readonly deadLetters: DeadLetters;
  /** How often models that are due for a check are looked for. */
  readonly tickMinutes: number;
}

/** Alarms of each model, which come and go with its route, and those of all of them together. */
export class ModelAlarms extends Construct {
  readonly #props: ModelAlarmsProps;

  constructor(scope: Construct, id: string, props: ModelAlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.#reconcile();
    this.#fleet();
  }

  /** What no model's own alarms can see. */
  #fleet(): void {
    const { alarms } = this.#props;
    alarms.above(
      'FleetDrifting',
      'More than a tenth of the models drift at once, which has a cause outside of each of them',
      fleet('DriftingModelsShare', 'Maximum'),
      0.1,
    );
    alarms.below(
      'CaptureIncomplete',
      'For three hours in a row less than 99.9 % of the requests were counted',
      fleet('CaptureCoverage', 'Minimum'),
      0.999,
      3,
    );
    alarms.whenAny(
      'CaptureFailed',
      'Requests were answered and could not be counted, by a fault of the counting itself',
      filled(fleet('CaptureFailed', 'Sum')),
    );
    alarms.whenAny(
      'CaptureDropped',
      'A process of Infer gave up counts that it could not write',
      filled(fleet('CaptureDropped', 'Sum')),
    );
    // A tick is an hour at most: the next one that faults comes before the last is two hours old.
    alarms.whenAny(
      'SweepFaulted',
      'A sweep had models checked, and could not tell how all of them fare together',
      filled(fleet('SweepFaults', 'Sum', Duration.hours(2))),
    );
    // A day of them, so that a sweep that comes late does not end it.
    alarms.warnWhenAny(
      'DatasetChecksOverdue',
      'For three weeks nobody has looked whether the data of some models are still fresh',
      fleet('OverdueDatasetChecks', 'Maximum', Duration.days(1)),
    );
  }

  #reconcile(): void {
    const { data, topics, tickMinutes } = this.#props;
    const reconcile = new AssayFunction(this, 'ReconcileAlarms', {
      room: 'monitoring',
      description: 'Makes the alarms of models what their policies and routes ask for',
      timeout: Duration.minutes(15),
      environment: {
        REGISTRY_TABLE: data.registry.table.tableName,
        PAGE_TOPIC_ARN: topics.models.topicArn,
        ROLLBACK_TOPIC_ARN: topics.rollbacks.topicArn,
        TICK_MINUTES: String(tickMinutes),
      },
    });
    data.registry.grantList(reconcile, 'routes');
    data.registry.grantRead(reconcile, 'routes', 'policies');
    this.#grantAlarms(reconcile);
    const undelivered = this.#undelivered('ReconcileAlarms', reconcile);
    const when = (id: string, description: string, eventPattern: EventPattern) =>
      new Rule(this, id, {
        description,
        eventBus: this.#props.bus,
        eventPattern: { source: ['io.assay'], ...eventPattern },
        targets: [
          new LambdaFunction(reconcile, {
            deadLetterQueue: undelivered,
            maxEventAge: Duration.hours(24),
            retryAttempts: 185,
          }),
        ],
      });
    when('Promoted', 'A version came to production: its model is watched', {
      detailType: ['io.assay.version.state.changed.v1'],
      detail: { data: { to: ['PRODUCTION'] } },
    });
    when('Changed', 'A trial or the policy changed: so does what pages', {
      detailType: [
        'io.assay.rollout.begun.v1',
        'io.assay.rollout.aborted.v1',
        'io.assay.rollout.rolledback.v1',
        'io.assay.rollout.faulted.v1',
        'io.assay.rollback.settled.v1',
        'io.assay.policy.changed.v1',
      ],
    });
    new Schedule(this, 'Daily', {
      description: 'Every day: alarms that somebody altered or deleted are back at the latest then',
      schedule: ScheduleExpression.rate(Duration.days(1)),
      target: new LambdaInvoke(reconcile, {
        deadLetterQueue: undelivered,
        input: ScheduleTargetInput.fromObject({}),
        retryAttempts: 3,
        role: this.#schedulerRole(reconcile),
      }),
    });
  }

  /** Alarms of models, by their names' beginning, and no others, as far as CloudWatch lets that be said. */
  #grantAlarms(fn: AssayFunction): void {
    const alarms = Stack.of(this).formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: 'assay/*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms'],
        resources: [alarms],
      }),
    );
    grantPutCompositeAlarms(fn);
    grantDescribeAlarms(fn);
    grantWriteMetrics(fn);
    const { region, account, partition } = Stack.of(this);
    const shown = (value: string, name: string) =>
      Stack.of(this).resolve(value) === value ? value : `<AWS::${name}>`;
    if (!fn.role) throw new Error(`${fn.node.path} has no role`);
    Validations.of(fn.role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:${shown(partition, 'Partition')}:cloudwatch:${shown(region, 'Region')}:${shown(account, 'AccountId')}:alarm:assay/*]`,
      reason: 'Alarms are named after models, which no deployment knows.',
    });
  }

  /** Rules and schedules end where Lambda has taken the event: what faults after that goes here too. */
  #undelivered(edge: string, fn: AssayFunction): Queue {
    const queue = this.#props.deadLetters.queue(edge);
    fn.configureAsyncInvoke({ onFailure: new SqsDestination(queue), retryAttempts: 2 });
    return queue;
  }

  #schedulerRole(target: AssayFunction): Role {
    const role = new Role(this, 'SchedulerRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Invokes the reconciliation of alarms',
    });
    const id = Stack.of(this).getLogicalId(target.node.defaultChild as CfnFunction);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${id}.Arn>:*]`,
      reason: 'CDK grants every version of the one function; it has none but the latest.',
    });
    return role;
  }
}

const fleet = (metricName: string, statistic: string, period = Duration.hours(1)): Metric =>
  new Metric({
    namespace: 'Assay',
    metricName,
    dimensionsMap: { Fleet: 'All' },
    period,
    statistic,
  });
