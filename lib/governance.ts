import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';
import { grantStart } from './execution-grants.ts';
import type { Rollback } from './rollback.ts';
import type { Workflow } from './workflow.ts';

export interface GovernanceProps {
  readonly data: DataStack;
  readonly release: Workflow;
  readonly rollout: Workflow;
  readonly rollback: Rollback;
  readonly deadLetters: DeadLetters;
}

/** What people do by the API: upload, look, vote, hold and roll back; and the sweep behind a vote that died. */
export class Governance extends Construct {
  readonly api: AssayFunction;

  constructor(scope: Construct, id: string, props: GovernanceProps) {
    super(scope, id);
    const { data, release, rollout, rollback, deadLetters } = props;
    this.api = new AssayFunction(this, 'ServeApi', {
      room: 'api',
      description: 'The governance API',
      timeout: Duration.seconds(29),
      memoryMiB: 1024,
    });
    const uploadRole = this.#uploadRole(data);
    for (const [name, value] of Object.entries({
      REGISTRY_TABLE: data.registry.table.tableName,
      ARTIFACT_BUCKET: data.artifacts.bucket.bucketName,
      EVIDENCE_BUCKET: data.evidence.bucket.bucketName,
      ARTIFACT_KEY_ARN: data.artifactKey.arn,
      ATTESTATION_KEY_ARN: data.attestationKey.arn,
      UPLOAD_ROLE_ARN: uploadRole.roleArn,
    })) {
      this.api.addEnvironment(name, value);
    }
    this.#grantRegistry(this.api, data);
    data.registry.grantMapSessions(this.api, uploadRole);
    data.artifacts.grantRead(this.api);
    data.evidence.grantRead(this.api, 'versions/', 'drift-reports/');
    data.metrics.grantRead(this.api, 'reports');
    data.artifactKey.grantVerify(this.api);
    data.attestationKey.grantVerify(this.api);
    this.#grantWake(this.api, release);
    this.api.addEnvironment('ROLLOUT_MACHINE_ARN', rollout.arn);
    grantStart(this.api, rollout);
    rollback.grantRequest(this.api);

    const wake = new AssayFunction(this, 'WakeApprovals', {
      room: 'access',
      description: 'Wakes releases whose approval closed while nobody could tell them',
      timeout: Duration.minutes(1),
      environment: { REGISTRY_TABLE: data.registry.table.tableName },
    });
    data.registry.grantList(wake, 'unwokenApprovals');
    data.registry.grantWrite(wake, 'approvals');
    this.#grantWake(wake, release);
    const undelivered = deadLetters.queue('SweepApprovals');
    // Scheduler's part ends where Lambda has taken the event: what faults after that goes here too.
    wake.configureAsyncInvoke({ onFailure: new SqsDestination(undelivered), retryAttempts: 2 });
    new Schedule(this, 'SweepApprovals', {
      description: 'Every five minutes: a wake-up that was lost is at most this late',
      schedule: ScheduleExpression.rate(Duration.minutes(5)),
      target: new LambdaInvoke(wake, {
        deadLetterQueue: undelivered,
        retryAttempts: 3,
        role: this.#schedulerRole(wake),
      }),
    });
  }

  /** Most of it: people are shown whatever is about their models. */
  #grantRegistry(api: AssayFunction, { registry }: DataStack): void {
    registry.grantList(api, 'models', 'approvals');
    registry.grantRead(api, 'people', 'claims', 'versions', 'routes', 'rollbacks', 'monitoring');
    registry.grantReadWrite(api, 'approvals', 'policies', 'rollouts');
  }

  #schedulerRole(target: AssayFunction): Role {
    const role = new Role(this, 'SchedulerRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Invokes the sweep of approvals',
    });
    const id = Stack.of(this).getLogicalId(target.node.defaultChild as CfnFunction);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${id}.Arn>:*]`,
      reason: 'CDK grants every version of the one function; it has none but the latest.',
    });
    return role;
  }

  /** Only `serveApi` may assume it, and it narrows each session to one upload's prefix. */
  #uploadRole(data: DataStack): Role {
    const role = new Role(this, 'UploadRole', {
      assumedBy: this.api.grantPrincipal,
      description: 'Sessions that upload one artifact below their own name',
      maxSessionDuration: Duration.hours(1),
    });
    data.artifacts.grantUpload(role);
    role.grantAssumeRole(this.api.grantPrincipal);
    return role;
  }

  #grantWake(fn: AssayFunction, release: Workflow): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['states:SendTaskSuccess'],
        resources: [release.stateMachine.stateMachineArn],
      }),
    );
  }
}
