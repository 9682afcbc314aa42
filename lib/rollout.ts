import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';
import { Workflow } from './workflow.ts';

export interface RolloutProps {
  readonly data: DataStack;
  readonly alarms: Alarms;
  /** What takes a version out of traffic again. */
  readonly rollback: Workflow;
}

/** From approval to all traffic, step by step: the state machine of rollouts and its tasks. */
export class Rollout extends Construct {
  readonly workflow: Workflow;
  readonly #data: DataStack;

  constructor(scope: Construct, id: string, { data, alarms, rollback }: RolloutProps) {
    super(scope, id);
    this.#data = data;
    this.workflow = new Workflow(this, 'Workflow', {
      definition: 'rollout',
      functions: { ...this.#trying(), ...this.#ending() },
      machines: { RollbackMachine: rollback },
      startsItself: true,
    });
    const { stateMachine } = this.workflow;
    const sum = { period: Duration.minutes(1), statistic: 'Sum' };
    alarms.whenAny(
      'RolloutFaulted',
      'A rollout broke off by a fault',
      stateMachine.metricFailed(sum),
    );
    alarms.whenAny(
      'RolloutTimedOut',
      'A rollout took longer than its state machine allows',
      stateMachine.metricTimedOut(sum),
    );
  }

  #trying() {
    const { evidence, registry, metrics } = this.#data;
    const BeginRollout = this.#task('BeginRollout', 'Puts an approved version on trial');
    BeginRollout.addEnvironment('EVIDENCE_BUCKET', evidence.bucket.bucketName);
    evidence.grantRead(BeginRollout, 'policies/');
    registry.grantRead(BeginRollout, 'versions', 'policies', 'monitoring');
    registry.grantReadWrite(BeginRollout, 'routes', 'rollouts');
    const agreed = ['versions', 'approvals', 'digests', 'policies'] as const;
    registry.grantCheck(BeginRollout, ...agreed, 'monitoring');

    const LookAtRollout = this.#task('LookAtRollout', 'Judges a trial, and ramps what is healthy');
    metrics.grantRead(LookAtRollout, 'traffic', 'outcomes');
    registry.grantReadWrite(LookAtRollout, 'routes', 'rollouts');
    registry.grantRead(LookAtRollout, 'monitoring');
    registry.grantCheck(LookAtRollout, 'monitoring');
    return { BeginRollout, LookAtRollout };
  }

  #ending() {
    const { evidence, registry } = this.#data;
    const PromoteVersion = this.#task('PromoteVersion', 'Gives a proven version all traffic');
    PromoteVersion.addEnvironment('EVIDENCE_BUCKET', evidence.bucket.bucketName);
    evidence.grantRead(PromoteVersion, 'versions/');
    registry.grantRead(PromoteVersion, 'monitoring');
    registry.grantReadWrite(PromoteVersion, 'versions', 'routes', 'rollouts', 'policies');
    registry.grantCheck(PromoteVersion, 'approvals', 'digests', 'policies', 'monitoring');

    const FailRollout = this.#task('FailRollout', 'Records that a rollout broke off');
    registry.grantRead(FailRollout, 'routes');
    registry.grantReadWrite(FailRollout, 'rollouts');
    return { PromoteVersion, FailRollout };
  }

  #task(id: string, description: string): AssayFunction {
    return new AssayFunction(this, id, {
      room: 'rollout',
      description,
      timeout: Duration.minutes(1),
      environment: { REGISTRY_TABLE: this.#data.registry.table.tableName },
    });
  }
}
