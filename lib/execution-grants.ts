import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnStateMachine, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { AssayFunction } from './assay-function.ts';
import type { Workflow } from './workflow.ts';

/** Lets `fn` start executions of one state machine, and see what became of them. */
export function grantStart(fn: AssayFunction, { stateMachine, arn }: Workflow): void {
  const stack = Stack.of(stateMachine);
  const machine = nameFor(fn, stateMachine);
  const executions = (name: string) =>
    `arn:${stack.partition}:states:${stack.region}:${stack.account}:execution:${name}:*`;
  fn.addToRolePolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [arn] }));
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['states:DescribeExecution'],
      resources: [executions(machine.value)],
    }),
  );
  acknowledge(
    fn,
    executions(machine.shown),
    'An execution is named after what it is for, which no deployment knows.',
  );
}

/** The machine's name as `fn` refers to it, and as cdk-nag names that reference: of another stack by its export. */
function nameFor(fn: AssayFunction, stateMachine: StateMachine) {
  const stack = Stack.of(stateMachine);
  if (Stack.of(fn) === stack) {
    const id = stack.getLogicalId(stateMachine.node.defaultChild as CfnStateMachine);
    return { value: stateMachine.stateMachineName, shown: `<${id}.Name>` };
  }
  const value = stack.exportValue(stateMachine.stateMachineName);
  return { value, shown: String(stack.resolve(value)['Fn::ImportValue']) };
}

/** cdk-nag names a reference, which no text holds yet, like `<AWS::Region>`. */
function acknowledge(fn: AssayFunction, resource: string, reason: string): void {
  const resolved: unknown = Stack.of(fn).resolve(resource);
  const parts = typeof resolved === 'string' ? [resolved] : (resolved as Joined)['Fn::Join'][1];
  const shown = parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
  if (!fn.role) throw new Error(`${fn.node.path} has no role`);
  Validations.of(fn.role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${shown}]`, reason });
}

interface Joined {
  readonly 'Fn::Join': readonly [string, readonly (string | { readonly Ref: string })[]];
}
