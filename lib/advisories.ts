import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { AssayFunction } from './assay-function.ts';
import type { Config } from './config.ts';
import { ADVISORY_IMPORT, ADVISORY_INDEX } from './data-bucket.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';

export interface AdvisoriesProps {
  readonly config: Config;
  readonly data: DataStack;
  readonly alarms: Alarms;
  readonly deadLetters: DeadLetters;
}

/** Known vulnerabilities: fetched daily, and held against what is in production. */
export class Advisories extends Construct {
  readonly refresh: AssayFunction;
  readonly #props: AdvisoriesProps;

  constructor(scope: Construct, id: string, props: AdvisoriesProps) {
    super(scope, id);
    this.#props = props;
    this.refresh = this.#refresh();
    this.#reevaluate();
    this.#alarms();
  }

  #refresh(): AssayFunction {
    const { config, data } = this.#props;
    const { url } = config.advisories;
    const refresh = new AssayFunction(this, 'RefreshAdvisories', {
      room: 'gates',
      description: "Makes a snapshot of OSV's advisories and puts it into use",
      timeout: Duration.minutes(15),
      // 25,000 records of 26 MB took 220 MB; this is for a whole processor.
      memoryMiB: 1769,
      environment: {
        DATA_BUCKET: data.data.bucket.bucketName,
        ...(url !== null && { ADVISORIES_URL: url }),
      },
    });
    data.data.grantWriteAdvisories(refresh);
    const undelivered = this.#undelivered('RefreshAdvisories', refresh);
    if (url !== null) {
      new Schedule(this, 'Daily', {
        description: 'Every day: advisories are published around the clock',
        schedule: ScheduleExpression.rate(Duration.days(1)),
        target: new LambdaInvoke(refresh, {
          deadLetterQueue: undelivered,
          input: ScheduleTargetInput.fromObject({ source: 'download' }),
          retryAttempts: 3,
          role: this.#schedulerRole(refresh),
        }),
      });
    }
    this.#whenWritten('Imported', ADVISORY_IMPORT, 'An operator brought advisories', {
      target: refresh,
      deadLetterQueue: undelivered,
      event: RuleTargetInput.fromObject({ source: 'import' }),
    });
    return refresh;
  }

  #reevaluate(): void {
    const { data } = this.#props;
    const reevaluate = new AssayFunction(this, 'ReevaluateDependencies', {
      room: 'gates',
      description: 'Judges what is in production again, by new advisories',
      timeout: Duration.minutes(15),
      memoryMiB: 1769,
      environment: {
        REGISTRY_TABLE: data.registry.table.tableName,
        ARTIFACT_BUCKET: data.artifacts.bucket.bucketName,
        EVIDENCE_BUCKET: data.evidence.bucket.bucketName,
        DATA_BUCKET: data.data.bucket.bucketName,
      },
    });
    data.artifacts.grantRead(reevaluate);
    data.data.grantReadAdvisories(reevaluate);
    data.evidence.grantRead(reevaluate, 'versions/', 'policies/');
    data.evidence.grantAdd(reevaluate, 'versions/*/reevaluations/*');
    data.registry.grantList(reevaluate, 'routes');
    data.registry.grantRead(reevaluate, 'versions');
    data.registry.grantReadWrite(reevaluate, 'reevaluations');
    this.#whenWritten('Replaced', ADVISORY_INDEX, 'There are new advisories', {
      target: reevaluate,
      deadLetterQueue: this.#undelivered('ReevaluateDependencies', reevaluate),
    });
  }

  /** Rules and schedules end where Lambda has taken the event: what faults after that goes here too. */
  #undelivered(edge: string, fn: AssayFunction): Queue {
    const queue = this.#props.deadLetters.queue(edge);
    fn.configureAsyncInvoke({ onFailure: new SqsDestination(queue), retryAttempts: 2 });
    return queue;
  }

  #whenWritten(
    id: string,
    key: string,
    description: string,
    to: {
      readonly target: AssayFunction;
      readonly deadLetterQueue: Queue;
      readonly event?: RuleTargetInput;
    },
  ): void {
    const { target, deadLetterQueue, event } = to;
    new Rule(this, id, {
      description,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [this.#props.data.data.bucket.bucketName] },
          object: { key: [key] },
        },
      },
      targets: [
        new LambdaFunction(target, {
          deadLetterQueue,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
          ...(event && { event }),
        }),
      ],
    });
  }

  #alarms(): void {
    const { alarms, config } = this.#props;
    // What people bring by hand need not come daily; the default policy takes it for seven days.
    const days = config.advisories.url === null ? 6 : 2;
    alarms.whenMissing(
      'AdvisoriesOld',
      `No snapshot of advisories was made for ${days} days; after seven, no version passes its gates`,
      metric('AdvisoriesRefreshed'),
      days,
    );
    alarms.whenAny(
      'AdvisoriesUnreadable',
      'Advisories cannot be read and name no package, so that no version passes its gates',
      metric('AdvisoriesUnreadable'),
    );
    alarms.whenAny(
      'RunningVersionVulnerable',
      'A version in production has vulnerabilities beyond its policy',
      metric('RunningVersionsVulnerable'),
    );
  }

  #schedulerRole(target: AssayFunction): Role {
    const role = new Role(this, 'SchedulerRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Invokes the refresh of advisories',
    });
    const id = Stack.of(this).getLogicalId(target.node.defaultChild as CfnFunction);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${id}.Arn>:*]`,
      reason: 'CDK grants every version of the one function; it has none but the latest.',
    });
    return role;
  }
}

/** A day is how often they are counted: an alarm holds until the next count. */
const metric = (metricName: string): Metric =>
  new Metric({
    namespace: 'Assay',
    metricName,
    dimensionsMap: { Ecosystem: 'PyPI' },
    period: Duration.days(1),
    statistic: 'Maximum',
  });
