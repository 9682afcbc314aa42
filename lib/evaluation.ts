import { Stack, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';

export interface EvaluationProps {
  readonly data: DataStack;
  /** Repository of Amazon ECR whose images may run. */
  readonly repository: string;
}

/** Every job is named by its plan, behind this: lambdas/gates/plan-evaluation.ts. */
const JOBS = 'processing-job/assay-*';
/** Where SageMaker puts what containers print, a stream for each job. */
const LOGS = 'log-group:/aws/sagemaker/ProcessingJobs';

/**
 * SageMaker processing jobs that evaluate versions, and the one role that they run by. They have no
 * network, hence no credentials: SageMaker itself fetches what they read, and keeps what they write.
 */
export class Evaluation extends Construct {
  readonly #role: Role;

  constructor(scope: Construct, id: string, { data, repository }: EvaluationProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.#role = new Role(this, 'JobRole', {
      assumedBy: new ServicePrincipal('sagemaker.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      description: 'Runs evaluation jobs: reads artifacts and plans, leaves answers',
    });
    data.artifacts.grantRead(this.#role);
    data.data.grantEvaluate(this.#role);
    this.#allow(
      ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      stack.formatArn({ service: 'ecr', resource: 'repository', resourceName: repository }),
    );
    this.#allow(['ecr:GetAuthorizationToken'], '*');
    this.#allow(['logs:CreateLogGroup'], arnIn(stack, 'logs', LOGS));
    const streams = arnIn(stack, 'logs', `${LOGS}:log-stream:assay-*`);
    this.#allow(['logs:CreateLogStream', 'logs:PutLogEvents'], streams);
    acknowledge(this.#role, '*', 'ecr:GetAuthorizationToken knows no resources.');
    acknowledge(
      this.#role,
      streams,
      'SageMaker names a log stream after the job, of which each plan has its own.',
    );
  }

  /** Lets a state machine start jobs by the role, look at them and stop them; no others. */
  grantRun({ role }: { readonly role: IRole }): void {
    const stack = Stack.of(this);
    const jobs = arnIn(stack, 'sagemaker', JOBS);
    const statements = [
      new PolicyStatement({
        actions: [
          'sagemaker:CreateProcessingJob',
          'sagemaker:DescribeProcessingJob',
          'sagemaker:StopProcessingJob',
          'sagemaker:AddTags',
          'sagemaker:ListTags',
        ],
        resources: [jobs],
      }),
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.#role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
    ];
    for (const statement of statements) role.addToPrincipalPolicy(statement);
    acknowledge(role, jobs, 'A job is named after its plan, which no deployment knows.');
  }

  /** Tells the function that plans jobs which role they run by; the state machine passes it. */
  grantPlan(planner: AssayFunction): void {
    planner.addEnvironment('EVALUATION_ROLE_ARN', this.#role.roleArn);
  }

  #allow(actions: string[], resource: string): void {
    this.#role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
  }
}

const arnIn = ({ partition, region, account }: Stack, service: string, name: string): string =>
  `arn:${partition}:${service}:${region}:${account}:${name}`;

/** cdk-nag names a reference, which no text holds yet, like `<AWS::Region>`. */
function acknowledge(role: IRole, resource: string, reason: string): void {
  const resolved: unknown = Stack.of(role).resolve(resource);
  const parts = typeof resolved === 'string' ? [resolved] : (resolved as Joined)['Fn::Join'][1];
  const shown = parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${shown}]`, reason });
}

interface Joined {
  readonly 'Fn::Join': readonly [string, readonly (string | { readonly Ref: string })[]];
}
