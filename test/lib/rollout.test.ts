import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { productionStacks } from '../support/stacks.ts';

const machine = (name: string) => {
  const machines = productionStacks().assay.findResources('AWS::StepFunctions::StateMachine');
  const [id, found] = Object.entries(machines).find(([key]) => key.startsWith(name)) ?? [];
  if (!id || !found) throw new Error(`no state machine ${name}`);
  return { id, substitutions: found.Properties.DefinitionSubstitutions };
};

it('has releases start rollouts, and rollouts start rollbacks', () => {
  const [rollout, rollback] = [machine('RolloutWorkflow'), machine('RollbackWorkflow')];
  const { substitutions } = machine('ReleaseWorkflow');
  expect(substitutions.RolloutMachine).toEqual({ Ref: rollout.id });
  expect(rollout.substitutions.RollbackMachine).toEqual({ Ref: rollback.id });
});

it('announces once what a rollout asks, and keeps what could not be told', () => {
  productionStacks().assay.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { source: ['io.assay'], 'detail-type': ['io.assay.rollout.asked.v1'] },
    Targets: [
      Match.objectLike({
        Arn: { Ref: Match.stringLikeRegexp('^TopicsApprovals') },
        DeadLetterConfig: Match.anyValue(),
        InputTransformer: Match.objectLike({
          InputTemplate: Match.stringLikeRegexp('assay rollout resume --allow-step'),
        }),
      }),
    ],
  });
});
