import type { App } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { ofType } from '../support/deployed.ts';
import { allowed, arn } from '../support/permissions.ts';
import { productionStacks, REGION, type Stacks, synthesise } from '../support/stacks.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const config = { ...readConfig(undefined), evaluation: { repository: 'assay/evaluation' } };
let made: Stacks | undefined;
const withJobs = (): Stacks => {
  made ??= synthesise({ config });
  return made;
};

/** Statements of every policy of the roles whose logical id starts so. */
function statementsOf(template: Template, start: string): Statement[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  return policies
    .filter(([id]) => id.startsWith(start))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);
}
const actionsOf = (statements: readonly Statement[]): string[] =>
  [...new Set(statements.flatMap(({ Action }) => Action))].sort();
const granting = (statements: readonly Statement[], action: string): Statement[] =>
  statements.filter(({ Action }) => [Action].flat().includes(action));

const JOB_ROLE = 'ReleaseEvaluationJobRole';
const MACHINE = 'ReleaseWorkflowStateMachine';

describe('without a repository', () => {
  it('there is no role for jobs, and nobody who may start one', () => {
    const { assay } = productionStacks();
    expect(JSON.stringify(assay.toJSON())).not.toMatch(/sagemaker:CreateProcessingJob"|PassRole/);
    expect(JSON.stringify(assay.toJSON())).not.toContain('EVALUATION_ROLE_ARN');
    expect(ofType('AWS::IAM::Role').filter(([id]) => id.includes('Evaluation'))).toHaveLength(1);
  });
});

describe('the state machine', () => {
  const statements = () => statementsOf(withJobs().assay, MACHINE);

  it('starts, finds and stops jobs that are named as ours, and no others', () => {
    const jobs = statements().filter(({ Action }) => String(Action).includes('sagemaker:'));
    expect(jobs).toHaveLength(1);
    expect(actionsOf(jobs)).toEqual([
      'sagemaker:AddTags',
      'sagemaker:CreateProcessingJob',
      'sagemaker:DescribeProcessingJob',
      'sagemaker:ListTags',
      'sagemaker:StopProcessingJob',
    ]);
    expect(JSON.stringify(jobs[0]?.Resource)).toMatch(/:processing-job\/assay-\*"/);
  });

  it('passes one role, to SageMaker alone', () => {
    const [pass, ...others] = granting(statements(), 'iam:PassRole');
    expect(others).toEqual([]);
    expect(pass?.Resource).toEqual({
      'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${JOB_ROLE}`)), 'Arn'],
    });
    expect(pass?.Condition).toEqual({
      StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' },
    });
  });

  it('hears of the end of jobs by the rule that Step Functions manages', () => {
    const [rule] = granting(statements(), 'events:PutRule');
    expect(actionsOf(rule ? [rule] : [])).toEqual([
      'events:DescribeRule',
      'events:PutRule',
      'events:PutTargets',
    ]);
    expect(JSON.stringify(rule?.Resource)).toContain(
      ':rule/StepFunctionsGetEventsForSageMakerProcessingJobsRule',
    );
  });
});

describe('the role of jobs', () => {
  const statements = () => statementsOf(withJobs().assay, JOB_ROLE);

  it('is assumed by SageMaker, for this account alone', () => {
    withJobs().assay.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'sagemaker.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
          },
        ],
      },
    });
  });

  it('reads artifacts and what was planned, writes answers, and does nothing else', () => {
    expect(actionsOf(statements())).toEqual([
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:GetObjectVersion',
      's3:ListBucket',
      's3:PutObject',
    ]);
    const [put, ...others] = granting(statements(), 's3:PutObject');
    expect(others).toEqual([]);
    expect(JSON.stringify(put?.Resource)).toMatch(/evaluations\/\*\/output\/\*"/);
    const read = JSON.stringify(granting(statements(), 's3:GetObject').map((s) => s.Resource));
    expect([...read.matchAll(/"\/([^"]+)"/g)].map(([, pattern]) => pattern).sort()).toEqual([
      'evaluations/*/files/*',
      'evaluations/*/input/*',
      'uploads/*',
    ]);
  });

  it('pulls images of the configured repository alone', () => {
    const [pull, ...others] = granting(statements(), 'ecr:BatchGetImage');
    expect(others).toEqual([]);
    expect(JSON.stringify(pull?.Resource)).toMatch(/:repository\/assay\/evaluation"/);
  });

  it('is told to PlanEvaluation alone', () => {
    const told = Object.values(withJobs().assay.findResources('AWS::Lambda::Function')).filter(
      ({ Properties }) => 'EVALUATION_ROLE_ARN' in (Properties.Environment?.Variables ?? {}),
    );
    expect(told).toHaveLength(1);
    expect(told[0]?.Properties.Description).toContain('where a version is evaluated');
  });
});

describe('evaluations in the data bucket', () => {
  const at = (path: string) => `${arn('AWS::S3::Bucket', 'Data')}/evaluations/assay-1/${path}`;

  it('are laid out by PlanEvaluation alone, and answered by no function', async () => {
    const put = (path: string) => allowed({ action: 's3:PutObject', resource: at(path) });
    expect(await put('input/plan.json')).toEqual(['PlanEvaluation']);
    expect(await put('files/candidate.json')).toEqual(['PlanEvaluation']);
    expect(await put('output/evaluation.json')).toEqual([]);
  });

  it('are read by MeasurePerformance', async () => {
    const get = (path: string) => allowed({ action: 's3:GetObject', resource: at(path) });
    expect(await get('output/evaluation.json')).toEqual(['MeasurePerformance']);
    expect(await get('input/plan.json')).toEqual(['MeasurePerformance']);
  });
});

it('satisfies cdk-nag with jobs as without, whether or not the account is known', () => {
  const plugins = (app: App) => [new AwsSolutionsChecks(app)];
  expect(() => synthesise({ config, plugins })).not.toThrow();
  expect(() => synthesise({ config, plugins, env: { region: REGION } })).not.toThrow();
});
