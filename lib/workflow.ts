import { readFileSync } from 'node:fs';
import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { vendedLogGroup } from './vended-log-group.ts';

export interface WorkflowProps {
  /** File name in statemachines/, without `.asl.json`. */
  readonly definition: string;
  /** One function for each `${Name}` in the definition. */
  readonly functions: Readonly<Record<string, IFunction>>;
  /** One state machine for each other `${Name}`: those that it starts. */
  readonly machines?: Readonly<Record<string, Workflow>>;
  /** Whether executions may start their successors. */
  readonly startsItself?: boolean;
}

/** A state machine read from statemachines/, allowed to use exactly what it names. */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    const { definition, functions, machines = {} } = props;
    const body = readFileSync(
      new URL(`../statemachines/${definition}.asl.json`, import.meta.url),
      'utf8',
    );
    requireSameNames(definition, body, [...Object.keys(functions), ...Object.keys(machines)]);

    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: vendedLogGroup(this, 'states'),
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      definitionBody: DefinitionBody.fromString(body),
      definitionSubstitutions: Object.fromEntries([
        ...Object.entries(functions).map(([name, fn]) => [name, fn.functionArn]),
        ...Object.entries(machines).map(([name, { arn }]) => [name, arn]),
      ]),
      logs: { level: LogLevel.ALL, destination: logGroup },
      tracingEnabled: true,
    });
    Validations.of(this.stateMachine.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'Log delivery and X-Ray have no resources: Step Functions requires * for both (CDK writes the statements).',
    });
    // CDK derives no permissions from a definition it cannot see into. Not by `grantInvoke`, which
    // also allows every version and alias of a function, of which there are none.
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: Object.values(functions).map((fn) => fn.functionArn),
      }),
    );
    for (const rule of managedRules(definition, body)) {
      this.stateMachine.addToRolePolicy(manage(Stack.of(this), rule));
    }
    for (const { arn } of Object.values(machines)) {
      this.stateMachine.addToRolePolicy(start(arn));
    }
    if (props.startsItself) {
      // A policy of its own: the state machine waits for its role's own one, and would wait for itself.
      const policy = new Policy(this, 'StartSuccessor', { statements: [start(this.arn)] });
      policy.attachToRole(this.stateMachine.role as Role);
    }
  }

  get arn(): string {
    return this.stateMachine.stateMachineArn;
  }
}

const start = (arn: string): PolicyStatement =>
  new PolicyStatement({ actions: ['states:StartExecution'], resources: [arn] });

/** Rules of Step Functions' own, by which it hears that what a state waits for has ended. */
const MANAGED_RULES: Readonly<Record<string, string>> = {
  'sagemaker:createProcessingJob.sync': 'StepFunctionsGetEventsForSageMakerProcessingJobsRule',
};

/** Without the right to them no state machine is made, even where the state is never entered. */
const manage = (stack: Stack, resourceName: string): PolicyStatement =>
  new PolicyStatement({
    actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    resources: [stack.formatArn({ service: 'events', resource: 'rule', resourceName })],
  });

function managedRules(file: string, body: string): string[] {
  const waits = [...body.matchAll(/:states:::([\w:-]+\.sync\b[\w:]*)"/g)].map(
    ([, name = '']) => name,
  );
  return [...new Set(waits)].map((name) => {
    const rule = MANAGED_RULES[name];
    if (rule === undefined) {
      throw new Error(
        `${file}.asl.json waits by ${name}, expected one of [${Object.keys(MANAGED_RULES)}]; add the rule that Step Functions manages for it to lib/workflow.ts`,
      );
    }
    return rule;
  });
}

function requireSameNames(file: string, body: string, given: readonly string[]): void {
  const wanted = new Set([...body.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name));
  const missing = [...wanted].filter((name) => !given.includes(String(name)));
  const unused = given.filter((name) => !wanted.has(name));
  if (missing.length + unused.length > 0) {
    throw new Error(`${file}.asl.json lacks [${missing}] and never uses [${unused}]`);
  }
}
