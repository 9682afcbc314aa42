import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';
import { grantStart } from './execution-grants.ts';
import { Workflow } from './workflow.ts';

export interface ExperimentsProps {
  readonly data: DataStack;
  readonly alarms: Alarms;
  /** What a winner goes through. */
  readonly rollout: Workflow;
}

/** Comparisons of versions on the people who use them: the state machine and its tasks. */
export class Experiments extends Construct {
  readonly workflow: Workflow;
  readonly #data: DataStack;

  constructor(scope: Construct, id: string, { data, alarms, rollout }: ExperimentsProps) {
    super(scope, id);
    this.#data = data;
    this.workflow = new Workflow(this, 'Workflow', {
      definition: 'experiment',
      functions: this.#functions(),
      machines: { RolloutMachine: rollout },
      startsItself: true,
    });
    const { stateMachine } = this.workflow;
    const minute = { period: Duration.minutes(1), statistic: 'Sum' };
    alarms.whenAny(
      'ExperimentFaulted',
      'An experiment broke off by a fault',
      stateMachine.metricFailed(minute),
    );
    alarms.whenAny(
      'ExperimentTimedOut',
      'An experiment took longer than its state machine allows',
      stateMachine.metricTimedOut(minute),
    );
  }

  /** Lets `fn` plan experiments and ask for their end, and change no route. */
  grantPlan(fn: AssayFunction): void {
    this.#data.registry.grantReadWrite(fn, 'experiments');
    fn.addEnvironment('EXPERIMENT_MACHINE_ARN', this.workflow.arn);
    grantStart(fn, this.workflow);
  }

  #functions() {
    const { registry, metrics } = this.#data;
    const BeginExperiment = this.#task('BeginExperiment', 'Gives treatments their shares');
    registry.grantRead(BeginExperiment, 'versions', 'approvals');
    registry.grantReadWrite(BeginExperiment, 'experiments', 'routes');
    registry.grantCheck(BeginExperiment, 'versions', 'approvals', 'digests');

    const LookAtExperiment = this.#task(
      'LookAtExperiment',
      'Judges an experiment, again and again',
    );
    registry.grantReadWrite(LookAtExperiment, 'experiments', 'routes');
    metrics.grantRead(LookAtExperiment, 'traffic', 'outcomes');

    const FailExperiment = this.#task('FailExperiment', 'Records that an experiment broke off');
    registry.grantReadWrite(FailExperiment, 'experiments', 'routes');
    return { BeginExperiment, LookAtExperiment, FailExperiment };
  }

  #task(id: string, description: string): AssayFunction {
    return new AssayFunction(this, id, {
      room: 'experiments',
      description,
      timeout: Duration.minutes(1),
      environment: { REGISTRY_TABLE: this.#data.registry.table.tableName },
    });
  }
}
