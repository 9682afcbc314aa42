import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';
import { grantStart } from './execution-grants.ts';
import type { Inference } from './inference.ts';
import { RollbackTriggers } from './rollback-triggers.ts';
import type { Topics } from './topics.ts';
import { Workflow } from './workflow.ts';

export interface RollbackProps {
  readonly data: DataStack;
  readonly inference: Inference;
  readonly bus: IEventBus;
  readonly topics: Topics;
  readonly alarms: Alarms;
  readonly deadLetters: DeadLetters;
}

/** Takes versions out of traffic: the rollback state machine, its tasks, and what sets it off by itself. */
export class Rollback extends Construct {
  readonly workflow: Workflow;
  readonly #props: RollbackProps;

  constructor(scope: Construct, id: string, props: RollbackProps) {
    super(scope, id);
    this.#props = props;
    this.workflow = new Workflow(this, 'Workflow', {
      definition: 'rollback',
      functions: {
        ...this.#planning(),
        ...this.#taking(),
        ValidateRollback: this.#validation(),
      },
    });
    this.#alarms();
    new RollbackTriggers(this, 'Triggers', { ...props, rollback: this });
  }

  /** Lets `fn` ask for rollbacks and see whether the same was asked before, and do neither to another machine. */
  grantRequest(fn: AssayFunction): void {
    fn.addEnvironment('ROLLBACK_MACHINE_ARN', this.workflow.arn);
    grantStart(fn, this.workflow);
  }

  #planning() {
    const { registry } = this.#props.data;
    const BeginRollback = this.#task('BeginRollback', {
      description: 'Decides what a request to roll back comes to',
    });
    registry.grantRead(BeginRollback, 'routes', 'policies');
    registry.grantReadWrite(BeginRollback, 'rollbacks', 'rollouts');

    const FailRollback = this.#task('FailRollback', {
      description: 'Records that a rollback broke off',
    });
    registry.grantReadWrite(FailRollback, 'rollbacks');
    return { BeginRollback, FailRollback };
  }

  #taking() {
    const { registry } = this.#props.data;
    const RecedeTraffic = this.#task('RecedeTraffic', {
      description: 'Takes one part of its share from a version',
      timeout: Duration.minutes(2),
    });
    registry.grantReadWrite(RecedeTraffic, 'rollbacks', 'routes', 'versions', 'approvals');
    registry.grantRead(RecedeTraffic, 'digests');
    registry.grantCheck(RecedeTraffic, 'digests');
    this.#grantVouch(RecedeTraffic);

    const KillVersion = this.#task('KillVersion', {
      description: 'Takes a version out of traffic, in one transaction',
      timeout: Duration.minutes(2),
    });
    registry.grantReadWrite(
      KillVersion,
      ...(['rollbacks', 'routes', 'versions', 'approvals', 'digests', 'rollouts'] as const),
    );
    registry.grantCheck(KillVersion, 'digests');
    this.#grantVouch(KillVersion);
    return { RecedeTraffic, KillVersion };
  }

  #validation(): AssayFunction {
    const { data, inference } = this.#props;
    const validate = this.#task('ValidateRollback', {
      description: 'Sees whether a rollback works',
      timeout: Duration.minutes(5),
      environment: {
        ARTIFACT_BUCKET: data.artifacts.bucket.bucketName,
        EVIDENCE_BUCKET: data.evidence.bucket.bucketName,
        INFER_FUNCTION_ARN: inference.infer.functionArn,
      },
    });
    data.registry.grantRead(validate, 'routes', 'versions');
    data.registry.grantReadWrite(validate, 'rollbacks');
    data.metrics.grantRead(validate, 'traffic');
    data.artifacts.grantRead(validate);
    data.evidence.grantRead(validate, 'versions/');
    // Not by `grantInvoke`, which also allows every version and alias, of which there are none.
    validate.addToRolePolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [inference.infer.functionArn],
      }),
    );
    return validate;
  }

  /** What was signed and admitted before is verified again before it takes over. */
  #grantVouch(fn: AssayFunction): void {
    const { artifacts, evidence, artifactKey, attestationKey } = this.#props.data;
    artifacts.grantRead(fn);
    evidence.grantRead(fn, 'versions/');
    artifactKey.grantVerify(fn);
    attestationKey.grantVerify(fn);
    for (const [name, value] of Object.entries({
      ARTIFACT_BUCKET: artifacts.bucket.bucketName,
      EVIDENCE_BUCKET: evidence.bucket.bucketName,
      ARTIFACT_KEY_ARN: artifactKey.arn,
      ATTESTATION_KEY_ARN: attestationKey.arn,
    })) {
      fn.addEnvironment(name, value);
    }
  }

  #alarms(): void {
    const { alarms } = this.#props;
    const { stateMachine } = this.workflow;
    const minute = { period: Duration.minutes(1), statistic: 'Sum' };
    alarms.whenAny(
      'RollbackHeld',
      'A version harms and there is no sound one to go back to',
      counted('RollbackHeld'),
    );
    alarms.whenAny(
      'RollbackUnverified',
      'A rollback was not shown to work',
      counted('RollbackUnverified'),
    );
    alarms.whenAny(
      'RollbackFaulted',
      'A rollback broke off, was held, or was not shown to work',
      stateMachine.metricFailed(minute),
    );
    alarms.whenAny(
      'RollbackTimedOut',
      'A rollback took longer than its state machine allows',
      stateMachine.metricTimedOut(minute),
    );
  }

  #task(
    id: string,
    {
      environment,
      ...props
    }: { readonly description: string } & Partial<
      Pick<ConstructorParameters<typeof AssayFunction>[2], 'timeout' | 'environment'>
    >,
  ): AssayFunction {
    return new AssayFunction(this, id, {
      room: 'rollout',
      timeout: Duration.minutes(1),
      ...props,
      environment: {
        REGISTRY_TABLE: this.#props.data.registry.table.tableName,
        ...environment,
      },
    });
  }
}

const counted = (metricName: string): Metric =>
  new Metric({
    namespace: 'Assay',
    metricName,
    dimensionsMap: { Machine: 'rollback' },
    period: Duration.minutes(1),
    statistic: 'Sum',
  });
