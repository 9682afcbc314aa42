import { describe, expect, it } from 'vitest';
import { deployed, functionIds } from '../support/deployed.ts';
import { actionsOf, allowed, arn, decide, roleOf, statementsOf } from '../support/permissions.ts';

const machine = (name: 'Release' | 'Rollout' | 'Rollback') =>
  arn('AWS::StepFunctions::StateMachine', `${name}Workflow`);
const executionOf = (name: 'Release' | 'Rollout' | 'Rollback') =>
  `${machine(name).replace(':stateMachine:', ':execution:')}:one`;

describe('the API', () => {
  const api = roleOf('ServeApi');

  it.each(['dynamodb:PutItem', 'dynamodb:UpdateItem'])(
    'changes rollouts, and nothing that they lead to, by %s',
    async (action) => {
      const resource = arn('AWS::DynamoDB::GlobalTable', 'Registry');
      const may = (partition: string) =>
        decide(api, {
          action,
          resource,
          context: { 'dynamodb:LeadingKeys': [partition, 'AUD#01'] },
        });
      expect(await may('T#acme#RO#churn')).toBe('Allowed');
      for (const partition of ['R#churn', 'RB#churn', 'M#churn', `SHA#${'a'.repeat(64)}`]) {
        expect(await may(`T#acme#${partition}`), partition).not.toBe('Allowed');
      }
    },
  );

  it('starts rollouts and rollbacks, and no release', async () => {
    const may = (name: Parameters<typeof machine>[0]) =>
      decide(api, { action: 'states:StartExecution', resource: machine(name) });
    expect(await may('Rollout')).toBe('Allowed');
    expect(await may('Rollback')).toBe('Allowed');
    expect(await may('Release')).not.toBe('Allowed');
  });

  it('sees what became of what it started, and stops nothing', async () => {
    for (const name of ['Rollout', 'Rollback'] as const) {
      const resource = executionOf(name);
      expect(await decide(api, { action: 'states:DescribeExecution', resource })).toBe('Allowed');
      expect(await allowed({ action: 'states:StopExecution', resource })).toEqual([]);
    }
    const resource = executionOf('Release');
    expect(await decide(api, { action: 'states:DescribeExecution', resource })).not.toBe('Allowed');
  });

  it('asks Step Functions for nothing else', () => {
    expect(actionsOf(api).filter((action) => action.startsWith('states:'))).toEqual([
      'states:DescribeExecution',
      'states:SendTaskSuccess',
      'states:StartExecution',
    ]);
    const starts = statementsOf(api)
      .filter(({ Action }) => Action === 'states:StartExecution')
      .flatMap(({ Resource }) => Resource);
    expect(starts).toEqual(expect.arrayContaining([machine('Rollback'), machine('Rollout')]));
    expect(starts).not.toContain(machine('Release'));
  });

  it('asks for checks of models, and takes none from their queue', () => {
    expect(actionsOf(api).filter((action) => action.startsWith('sqs:'))).toEqual([
      'sqs:SendMessage',
    ]);
    const [queue] = statementsOf(api)
      .filter(({ Action }) => Action === 'sqs:SendMessage')
      .flatMap(({ Resource }) => Resource);
    expect(queue).toBe(arn('AWS::SQS::Queue', 'AskedChecks'));
  });

  it('reads evidence of versions and drift reports, and writes none', async () => {
    const at = (action: string, key: string) =>
      decide(api, { action, resource: `${arn('AWS::S3::Bucket', 'Evidence')}/${key}` });
    expect(await at('s3:GetObject', 'drift-reports/acme/churn/1.json')).toBe('Allowed');
    expect(await at('s3:GetObject', 'versions/acme/churn/1.0.0/d/artifact.json')).toBe('Allowed');
    expect(await at('s3:GetObject', 'policies/acme/1.json')).not.toBe('Allowed');
    expect(await at('s3:PutObject', 'drift-reports/acme/churn/1.json')).not.toBe('Allowed');
  });

  it('is told which machines they are, what to ask for checks by, and where they are drawn', () => {
    const fn = deployed().get(functionIds().get('ServeApi') ?? '');
    const { Variables } = fn?.Properties.Environment ?? {};
    expect(Variables).toMatchObject({
      ROLLOUT_MACHINE_ARN: machine('Rollout'),
      ROLLBACK_MACHINE_ARN: machine('Rollback'),
      CHECK_QUEUE_URL: expect.stringContaining('AskedChecks'),
      METRICS_TABLE: expect.stringContaining('Metrics'),
      DASHBOARD: expect.stringMatching(/^Assay-/),
      INFER_FUNCTION_ARN: expect.stringContaining('InferenceInfer'),
    });
  });
});
