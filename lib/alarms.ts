import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

const RUNBOOK = 'docs/runbook.md';

/** Alarms that page somebody; the name of each is a heading of the runbook. */
export class Alarms extends Construct {
  readonly #topic: Topic;

  constructor(scope: Construct, id: string, topic: Topic) {
    super(scope, id);
    this.#topic = topic;
  }

  onDeadLetters(edge: string, queue: Queue): void {
    this.whenAny(
      `${edge}DeadLetters`,
      `${edge} could not be delivered and waits in a dead-letter queue`,
      queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
    );
  }

  /** Pages at the first occurrence: for things that never happen in a healthy system. */
  whenAny(name: string, what: string, metric: IMetric): void {
    this.above(name, what, metric, 0);
  }

  /** Pages when nothing was counted for `days`: for work that leaves no trace where it stops. */
  whenMissing(name: string, what: string, metric: IMetric, days: number): void {
    this.#page(name, what, {
      metric,
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: days,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  above(name: string, what: string, metric: IMetric, threshold: number): void {
    this.#page(name, what, {
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /** Pages when so many periods in a row are below; none at all is no such period. */
  below(name: string, what: string, metric: IMetric, threshold: number, periods: number): void {
    this.#page(name, what, {
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  #page(name: string, what: string, condition: Omit<AlarmProps, 'alarmDescription'>): void {
    const alarm = new Alarm(this, name, {
      alarmDescription: `${what}. ${RUNBOOK}#${name.toLowerCase()}`,
      ...condition,
    });
    alarm.addAlarmAction(new SnsAction(this.#topic));
    alarm.addOkAction(new SnsAction(this.#topic));
  }
}
