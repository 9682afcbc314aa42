import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { AssayFunction } from './assay-function.ts';
import { CHECK_MINUTES, CheckQueue } from './check-queue.ts';
import { grantReadMetrics, grantWriteMetrics } from './cloudwatch-rights.ts';
import type { Config } from './config.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Inference } from './inference.ts';
import type { Rollback } from './rollback.ts';

export interface MonitoringProps {
  readonly config: Config;
  readonly data: DataStack;
  readonly deadLetters: DeadLetters;
  readonly inference: Inference;
  readonly rollback: Rollback;
  /** Where checks wait that people ask for. */
  readonly asked: CheckQueue;
}

/** One check has all of a function's time: the last of several would be cut off with the others done. */
const BATCH = 1;
/** Checks side by side: more of them would only wait for the same tables. */
const SIDE_BY_SIDE = 10;
/** Of those that people ask for; Lambda has no smaller number. */
const ASKED_SIDE_BY_SIDE = 2;

/** Checks of what is in production: a sweep that asks for them, and the function that makes them. */
export class Monitoring extends Construct {
  readonly sweep: AssayFunction;
  readonly check: AssayFunction;
  readonly #queue: CheckQueue;
  readonly #props: MonitoringProps;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    this.#props = props;
    this.#queue = new CheckQueue(this, 'Checks', props.deadLetters, 'CheckModel');
    this.check = this.#check();
    this.sweep = this.#sweep();
  }

  get queueUrl(): string {
    return this.#queue.queueUrl;
  }

  #check(): AssayFunction {
    const { config, data, rollback, asked } = this.#props;
    const check = new AssayFunction(this, 'CheckModel', {
      room: 'monitoring',
      description: 'Judges versions in production by what was seen of them',
      timeout: Duration.minutes(CHECK_MINUTES),
      // A whole processor; a week of windows of 2,000 features is 28 MB.
      memoryMiB: 1769,
      environment: {
        REGISTRY_TABLE: data.registry.table.tableName,
        EVIDENCE_BUCKET: data.evidence.bucket.bucketName,
        DATA_BUCKET: data.data.bucket.bucketName,
        ATTESTATION_KEY_ARN: data.attestationKey.arn,
        TICK_MINUTES: String(config.monitoring.tickMinutes),
      },
    });
    data.registry.grantRead(check, 'routes', 'versions', 'policies');
    data.registry.grantReadWrite(check, 'monitoring');
    data.metrics.grantRead(check, 'seen', 'truths', 'reports');
    data.metrics.grantRollUp(check);
    data.metrics.grantKeepReports(check);
    data.data.grantArchiveCaptures(check);
    data.evidence.grantRead(check, 'versions/');
    data.evidence.grantAdd(check, 'drift-reports/*');
    data.attestationKey.grantVerify(check);
    rollback.grantRequest(check);
    grantWriteMetrics(check);
    check.addEventSource(
      new SqsEventSource(this.#queue, {
        batchSize: BATCH,
        reportBatchItemFailures: true,
        maxConcurrency: SIDE_BY_SIDE,
      }),
    );
    check.addEventSource(
      new SqsEventSource(asked, {
        batchSize: BATCH,
        reportBatchItemFailures: true,
        maxConcurrency: ASKED_SIDE_BY_SIDE,
      }),
    );
    return check;
  }

  #sweep(): AssayFunction {
    const { config, data, deadLetters, inference } = this.#props;
    const sweep = new AssayFunction(this, 'SweepModels', {
      room: 'monitoring',
      description: 'Asks for the checks of all models in production',
      timeout: Duration.minutes(5),
      environment: {
        REGISTRY_TABLE: data.registry.table.tableName,
        INFER_FUNCTION_ARN: inference.infer.functionArn,
      },
    });
    data.registry.grantList(sweep, 'routes');
    data.registry.grantRead(sweep, 'monitoring');
    data.metrics.grantRead(sweep, 'invocations');
    this.#queue.grantAsk(sweep);
    grantWriteMetrics(sweep);
    grantReadMetrics(sweep);
    const undelivered = deadLetters.queue('SweepModels');
    // Scheduler's part ends where Lambda has taken the event: what faults after that goes here too.
    sweep.configureAsyncInvoke({ onFailure: new SqsDestination(undelivered), retryAttempts: 2 });
    const role = this.#schedulerRole(sweep);
    const when = (id: string, description: string, schedule: ScheduleExpression, kinds: string[]) =>
      new Schedule(this, id, {
        description,
        schedule,
        target: new LambdaInvoke(sweep, {
          deadLetterQueue: undelivered,
          input: ScheduleTargetInput.fromObject({ at: ContextAttribute.scheduledTime, kinds }),
          retryAttempts: 3,
          role,
        }),
      });
    when(
      'Tick',
      'What of these is due, the policy of each model says',
      ScheduleExpression.rate(Duration.minutes(config.monitoring.tickMinutes)),
      ['drift', 'performance', 'health'],
    );
    when(
      'Weekly',
      'On Mondays: whether what versions were made and judged by still holds',
      ScheduleExpression.expression('cron(0 8 ? * MON *)'),
      ['dataset'],
    );
    return sweep;
  }

  #schedulerRole(target: AssayFunction): Role {
    const role = new Role(this, 'SchedulerRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Invokes the sweep of models',
    });
    const id = Stack.of(this).getLogicalId(target.node.defaultChild as CfnFunction);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${id}.Arn>:*]`,
      reason: 'CDK grants every version of the one function; it has none but the latest.',
    });
    return role;
  }
}
