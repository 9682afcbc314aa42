import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import type { AssayStack } from './assay-stack.ts';
import type { Config } from './config.ts';
import type { DataStack } from './data-stack.ts';
import { DeadLetters } from './dead-letters.ts';
import { ModelAlarms } from './model-alarms.ts';
import { Monitoring } from './monitoring.ts';
import { OnCall } from './on-call.ts';
import { SavedQueries } from './saved-queries.ts';

export interface MonitoringStackProps extends StackProps {
  readonly config: Config;
  readonly data: DataStack;
  readonly assay: AssayStack;
}

/** What looks after models in production; nothing of the other stacks refers to it. */
export class MonitoringStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { config, data, assay, ...props }: MonitoringStackProps,
  ) {
    super(scope, id, props);
    const { bus, topics, inference, rollback, askedChecks } = assay;
    const alarms = new Alarms(this, 'Alarms', topics);
    const deadLetters = new DeadLetters(this, 'DeadLetters', alarms);
    const monitoring = new Monitoring(this, 'Monitoring', {
      ...{ config, data, deadLetters, inference, rollback },
      asked: askedChecks.queue,
    });
    new ModelAlarms(this, 'ModelAlarms', {
      ...{ data, bus, topics, alarms, deadLetters },
      tickMinutes: config.monitoring.tickMinutes,
    });
    new OnCall(this, 'OnCall', { config, data, topics, deadLetters });
    // Whatever is configured: no export can go in the deployment that its import goes in.
    assay.exportValue(inference.infer.logGroup.logGroupName);
    if (config.savedQueries) {
      new SavedQueries(this, 'SavedQueries', {
        infer: inference.infer,
        checks: [monitoring.check],
      });
    }

    this.#output(
      'SweepModelsFunction',
      monitoring.sweep.functionName,
      'Asks for the checks of models',
    );
    this.#output('CheckQueueUrl', monitoring.queueUrl, 'What waits to be checked');
  }

  #output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
