import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { functionIds, ofType } from '../support/deployed.ts';
import { actionsOf, allowed, arn, decide, roleOf, statementsOf } from '../support/permissions.ts';
import { productionStacks } from '../support/stacks.ts';

const machine = (name: 'Experiments' | 'Rollout' | 'Release' | 'Rollback') =>
  arn('AWS::StepFunctions::StateMachine', `${name}Workflow`);
const table = () => arn('AWS::DynamoDB::GlobalTable', 'Registry');
const TASKS = ['BeginExperiment', 'FailExperiment', 'LookAtExperiment'] as const;

const writing = (partition: string) => ({
  resource: table(),
  context: { 'dynamodb:LeadingKeys': [partition, 'AUD#01'] },
});

describe('experiments', () => {
  it.each(['dynamodb:PutItem', 'dynamodb:UpdateItem'])(
    'are written by their own tasks and the API alone, by %s',
    async (action) => {
      const writers = await allowed({ action, ...writing('T#acme#X#churn') });
      expect(writers).toEqual([...TASKS, 'ServeApi'].sort());
    },
  );

  it.each(TASKS)(
    '%s writes experiments and routes, and nothing that they stand on',
    async (name) => {
      const may = (partition: string) =>
        decide(roleOf(name), { action: 'dynamodb:PutItem', ...writing(`T#acme#${partition}`) });
      expect(await may('X#churn')).toBe('Allowed');
      expect(await may('R#churn')).toBe('Allowed');
      for (const other of [
        'M#churn',
        'AP#1',
        'P#churn',
        'RO#churn',
        'RB#churn',
        `SHA#${'a'.repeat(64)}`,
      ]) {
        expect(await may(other), other).not.toBe('Allowed');
      }
    },
  );

  it('lets the API plan and stop them without changing a route', async () => {
    const asked = { action: 'dynamodb:PutItem', ...writing('T#acme#R#churn') };
    expect(await decide(roleOf('ServeApi'), asked)).not.toBe('Allowed');
  });

  it('depend on versions, approvals and digests by a beginning alone', async () => {
    const may = (name: string, partition: string) =>
      decide(roleOf(name), {
        action: 'dynamodb:ConditionCheckItem',
        resource: table(),
        context: { 'dynamodb:LeadingKeys': [`T#acme#${partition}`] },
      });
    for (const partition of ['M#churn', 'AP#1', `SHA#${'a'.repeat(64)}`]) {
      expect(await may('BeginExperiment', partition)).toBe('Allowed');
      expect(await may('LookAtExperiment', partition)).not.toBe('Allowed');
    }
  });

  it('have their counters read by their looks, and written by none of them', async () => {
    const resource = arn('AWS::DynamoDB::GlobalTable', 'Metrics');
    const may = (name: string, action: string) => decide(roleOf(name), { action, resource });
    expect(await may('LookAtExperiment', 'dynamodb:Query')).toBe('Allowed');
    expect(await may('BeginExperiment', 'dynamodb:Query')).not.toBe('Allowed');
    for (const name of TASKS) {
      expect(await may(name, 'dynamodb:PutItem')).not.toBe('Allowed');
      expect(await may(name, 'dynamodb:UpdateItem')).not.toBe('Allowed');
    }
  });

  it('reach no bucket and no key that signs', () => {
    for (const name of TASKS) {
      const actions = actionsOf(roleOf(name));
      expect(actions.filter((action) => /^(s3|states|events):/.test(action))).toEqual([]);
      expect(actions).not.toContain('kms:Sign');
    }
  });
});

describe('the state machine of experiments', () => {
  const role = () => {
    const [, found] =
      ofType('AWS::StepFunctions::StateMachine').find(([id]) =>
        id.startsWith('ExperimentsWorkflow'),
      ) ?? [];
    const id = JSON.stringify(found?.Properties.RoleArn).match(/(ExperimentsWorkflow\w+)/)?.[1];
    if (!id) throw new Error('no role');
    return id;
  };

  it('starts itself and rollouts, and no release or rollback', async () => {
    const may = (name: Parameters<typeof machine>[0]) =>
      decide(role(), { action: 'states:StartExecution', resource: machine(name) });
    expect(await may('Experiments')).toBe('Allowed');
    expect(await may('Rollout')).toBe('Allowed');
    expect(await may('Release')).not.toBe('Allowed');
    expect(await may('Rollback')).not.toBe('Allowed');
  });

  it('invokes its own tasks alone', () => {
    const invoked = statementsOf(role())
      .filter(({ Action }) => Action === 'lambda:InvokeFunction')
      .flatMap(({ Resource }) => Resource)
      .map(String);
    const names = [...functionIds().keys()].filter((name) =>
      invoked.some((resource) => resource.includes(functionIds().get(name) ?? '?')),
    );
    expect(names.sort()).toEqual([...TASKS]);
  });

  it('is started by the API, and by itself', async () => {
    const starters = await allowed({
      action: 'states:StartExecution',
      resource: machine('Experiments'),
    });
    expect(starters).toEqual([role(), 'ServeApi'].sort());
  });

  it.each([
    ['ExecutionsFailed', 'ExperimentFaulted'],
    ['ExecutionsTimedOut', 'ExperimentTimedOut'],
  ])('pages at %s', (MetricName, name) => {
    productionStacks().assay.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp(`docs/runbook.md#${name.toLowerCase()}`),
      MetricName,
      Threshold: 0,
      TreatMissingData: 'notBreaching',
    });
  });
});
