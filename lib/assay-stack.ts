import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { Advisories } from './advisories.ts';
import { Alarms } from './alarms.ts';
import { AskedChecks } from './asked-checks.ts';
import type { Config } from './config.ts';
import { Dashboard } from './dashboard.ts';
import type { DataStack } from './data-stack.ts';
import { DeadLetters } from './dead-letters.ts';
import { Events } from './events.ts';
import { Experiments } from './experiments.ts';
import { Governance } from './governance.ts';
import { HttpApi } from './http-api.ts';
import { Inference } from './inference.ts';
import { Notices } from './notices.ts';
import { Outcomes } from './outcomes.ts';
import { People } from './people.ts';
import { Release } from './release.ts';
import { Rollback } from './rollback.ts';
import { Rollout } from './rollout.ts';
import { Topics } from './topics.ts';

export interface AssayStackProps extends StackProps {
  readonly config: Config;
  readonly data: DataStack;
}

/** Control plane and serving: everything that can be deleted and deployed again. */
export class AssayStack extends Stack {
  readonly topics: Topics;
  readonly bus: EventBus;
  readonly inference: Inference;
  readonly rollback: Rollback;
  readonly askedChecks: AskedChecks;

  constructor(scope: Construct, id: string, { config, data, ...props }: AssayStackProps) {
    super(scope, id, props);
    const topicKey = new Key(this, 'TopicKey', {
      description: 'Encrypts what Assay tells people',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const topics = new Topics(this, 'Topics', { key: topicKey, email: config.notify.email });
    const alarms = new Alarms(this, 'Alarms', topics);
    const deadLetters = new DeadLetters(this, 'DeadLetters', alarms);

    const events = new Events(this, 'Events', { data, alarms, deadLetters, topics });
    const inference = new Inference(this, 'Inference', { config, data, bus: events.bus });
    const rollback = new Rollback(this, 'Rollback', {
      data,
      inference,
      bus: events.bus,
      topics,
      alarms,
      deadLetters,
    });
    const rollout = new Rollout(this, 'Rollout', { data, alarms, rollback: rollback.workflow });
    const { workflow } = new Release(this, 'Release', {
      config,
      data,
      deadLetters,
      inference,
      rollout: rollout.workflow,
    });
    alarms.whenAny(
      'ReleaseFaulted',
      'A release broke off by a fault',
      workflow.stateMachine.metricFailed({ period: Duration.minutes(1), statistic: 'Sum' }),
    );
    alarms.whenAny(
      'ReleaseTimedOut',
      'A release took longer than its state machine allows',
      workflow.stateMachine.metricTimedOut({ period: Duration.minutes(1), statistic: 'Sum' }),
    );
    const { refresh } = new Advisories(this, 'Advisories', { config, data, alarms, deadLetters });
    const people = new People(this, 'People', { data });
    const { api: governance } = new Governance(this, 'Governance', {
      data,
      release: workflow,
      rollout: rollout.workflow,
      rollback,
      deadLetters,
    });
    const experiments = new Experiments(this, 'Experiments', {
      data,
      alarms,
      rollout: rollout.workflow,
    });
    experiments.grantPlan(governance);
    new Notices(this, 'Notices', { bus: events.bus, topics, deadLetters });
    const askedChecks = new AskedChecks(this, 'AskedChecks', { config, data, deadLetters });
    askedChecks.grantAsk(governance);
    const dashboard = new Dashboard(this, 'Dashboard', { infer: inference.infer });
    dashboard.grantRead(governance);
    const outcomes = new Outcomes(this, 'Outcomes', { data });
    const api = new HttpApi(this, 'HttpApi', {
      config,
      users: data.users,
      governance,
      inference: inference.infer,
      outcomes: outcomes.record,
      alarms,
    });
    this.topics = topics;
    this.bus = events.bus;
    this.inference = inference;
    this.rollback = rollback;
    this.askedChecks = askedChecks;

    this.#output('ApiUrl', api.url, 'Where the CLI and clients speak to');
    this.#output('UserPoolId', data.users.pool.userPoolId, 'Whose users may sign in');
    this.#output('ClientId', data.users.client.userPoolClientId, 'What the CLI signs in with');
    this.#output('MapPersonFunction', people.mapPerson.functionName, 'Maps principals to people');
    this.#output('ArtifactBucket', data.artifacts.bucket.bucketName, 'Where models are uploaded');
    this.#output('EvidenceBucket', data.evidence.bucket.bucketName, 'Where evidence is kept');
    this.#output('DataBucket', data.data.bucket.bucketName, 'Where advisories are kept');
    this.#output('RefreshAdvisoriesFunction', refresh.functionName, 'Fetches advisories now');
    this.#output('RegistryTable', data.registry.table.tableName, 'What is true');
    this.#output('MetricsTable', data.metrics.table.tableName, 'What traffic has shown');
    this.#output('ReleaseMachine', workflow.stateMachine.stateMachineArn, 'Releases, to look at');
    this.#output('RolloutMachine', rollout.workflow.arn, 'Rollouts, to look at');
    this.#output(
      'RollbackMachine',
      rollback.workflow.stateMachine.stateMachineArn,
      'Rollbacks, to look at',
    );
    this.#output('ExperimentMachine', experiments.workflow.arn, 'Experiments, to look at');
    this.#output('EventBus', events.bus.eventBusName, 'What happens, as CloudEvents');
    this.#output('ApprovalTopic', topics.approvals.topicArn, 'Subscribe to be asked for votes');
    this.#output('AlarmTopic', topics.alarms.topicArn, 'Subscribe to be paged');
    this.#output('WarningTopic', topics.warnings.topicArn, 'Subscribe to what can wait for a day');
    this.#output('NoticeTopic', topics.notices.topicArn, 'Subscribe to hear which version serves');
    this.#output('DashboardName', dashboard.name, 'What runs, in CloudWatch');
    this.#output('RollbackTopic', topics.rollbacks.topicArn, 'Point alarms that roll back here');
  }

  #output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
