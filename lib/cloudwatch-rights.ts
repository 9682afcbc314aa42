import { Validations } from 'aws-cdk-lib';
import { Policy, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { AssayFunction } from './assay-function.ts';

/** Metrics are no resources; those of Assay are told apart by their namespace. */
export const grantWriteMetrics = (fn: AssayFunction): void =>
  granted(
    fn,
    'WriteMetrics',
    'PutMetricData knows no resources: the condition names the namespace.',
    {
      actions: ['cloudwatch:PutMetricData'],
      conditions: { StringEquals: { 'cloudwatch:namespace': 'Assay' } },
    },
  );

export const grantReadMetrics = (fn: AssayFunction): void =>
  granted(
    fn,
    'ReadMetrics',
    'GetMetricData knows no resources, and no condition on a namespace: the function names what it reads.',
    { actions: ['cloudwatch:GetMetricData'] },
  );

export const grantPutCompositeAlarms = (fn: AssayFunction): void =>
  granted(
    fn,
    'PutCompositeAlarms',
    'CloudWatch takes composite alarms from those alone that may put all of them.',
    { actions: ['cloudwatch:PutCompositeAlarm'] },
  );

export const grantDescribeAlarms = (fn: AssayFunction): void =>
  granted(
    fn,
    'DescribeAlarms',
    'Composite alarms are shown to those alone that may see all alarms.',
    { actions: ['cloudwatch:DescribeAlarms'] },
  );

/** A policy of its own, so that the reason for * is its own. */
function granted(
  fn: AssayFunction,
  id: string,
  reason: string,
  statement: Omit<PolicyStatementProps, 'resources'>,
): void {
  if (!fn.role) throw new Error(`${fn.node.path} has no role`);
  const policy = new Policy(fn, id, {
    roles: [fn.role],
    statements: [new PolicyStatement({ ...statement, resources: ['*'] })],
  });
  Validations.of(policy).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason });
}
