import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { filled } from './filled.ts';
import type { Topics } from './topics.ts';

type AlarmTopics = Pick<Topics, 'alarms' | 'warnings'>;

const RUNBOOK = 'docs/runbook.md';

/** Alarms that page somebody, or warn; the name of each is a heading of the runbook. */
export class Alarms extends Construct {
  readonly #topics: AlarmTopics;

  constructor(scope: Construct, id: string, topics: AlarmTopics) {
    super(scope, id);
    this.#topics = topics;
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

  /**
   * Pages at the first occurrence: for things that never happen in a healthy system. Another one pages
   * anew once the alarm is over: when the latest point is 0, or a few periods have had none.
   * Metrics of SQS begin up to 15 minutes late where a queue was idle for six hours.
   */
  whenAny(name: string, what: string, metric: IMetric): void {
    this.above(name, what, metric, 0);
  }

  /** Pages when nothing was counted for `days`: for work that leaves no trace where it stops. */
  whenMissing(name: string, what: string, metric: Metric, days: number): void {
    this.#page(name, what, {
      metric: filled(metric),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: days,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  /** Warns at the first occurrence: for what can wait until somebody is at work. */
  warnWhenAny(name: string, what: string, metric: IMetric): void {
    this.#alarm(name, what, 'warnings', { metric, ...ABOVE, threshold: 0 });
  }

  above(name: string, what: string, metric: IMetric, threshold: number): void {
    this.#page(name, what, { metric, ...ABOVE, threshold });
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

  #page(name: string, what: string, condition: Condition): void {
    this.#alarm(name, what, 'alarms', condition);
  }

  #alarm(name: string, what: string, topic: keyof AlarmTopics, condition: Condition): void {
    const alarm = new Alarm(this, name, {
      alarmDescription: `${what}. ${RUNBOOK}#${name.toLowerCase()}`,
      ...condition,
    });
    alarm.addAlarmAction(new SnsAction(this.#topics[topic]));
    alarm.addOkAction(new SnsAction(this.#topics[topic]));
  }
}

type Condition = Omit<AlarmProps, 'alarmDescription'>;

const ABOVE = {
  comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  evaluationPeriods: 1,
  treatMissingData: TreatMissingData.NOT_BREACHING,
};
