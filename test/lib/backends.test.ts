import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { ofType } from '../support/deployed.ts';
import { actionsOf } from '../support/permissions.ts';
import { ACCOUNT, REGION, synthesise } from '../support/stacks.ts';

const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:assay/acme/token-AbCdEf`;
const ASKING = ['sagemaker:InvokeEndpoint', 'secretsmanager:GetSecretValue'];

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

function withBackends() {
  const backends = {
    hosts: ['models.example.com', 'gpu.example.com:8443'],
    secrets: [SECRET],
    endpoints: ['Churn-2'],
  };
  const { assay } = synthesise({ config: { ...readConfig(undefined), backends } });
  const policies = Object.entries(assay.findResources('AWS::IAM::Policy')).map(
    ([id, { Properties }]) => ({
      id,
      statements: Properties.PolicyDocument.Statement as Statement[],
    }),
  );
  return { assay, policies };
}

describe('servers that versions may run on', () => {
  it('are none by default: nobody may ask an endpoint, read a secret, or is told of a host', () => {
    for (const [id] of ofType('AWS::IAM::Role')) {
      for (const action of ASKING) expect(actionsOf(id), id).not.toContain(action);
    }
    for (const [id, { Properties }] of ofType('AWS::Lambda::Function')) {
      expect(Object.keys(Properties.Environment?.Variables ?? {}), id).not.toContain(
        'BACKEND_HOSTS',
      );
    }
  });

  it('are asked by those that serve and shadow alone: exactly those that are listed', () => {
    const { policies } = withBackends();
    for (const action of ASKING) {
      const granted = policies.flatMap(({ id, statements }) =>
        statements
          .filter(({ Action }) => [Action].flat().includes(action))
          .map(({ Action, Resource }) => ({ id, Action, Resource })),
      );
      expect(granted.map(({ id }) => id).sort()).toEqual([
        expect.stringMatching(/Infer(Role|ServiceRole)/),
        expect.stringMatching(/InferShadow(Role|ServiceRole)/),
      ]);
      for (const { Action, Resource } of granted) {
        expect(Action).toBe(action);
        expect(Resource).toEqual(
          action === 'secretsmanager:GetSecretValue'
            ? SECRET
            : // IAM has the names of endpoints in lowercase, whatever their own case is.
              `arn:aws:sagemaker:${REGION}:${ACCOUNT}:endpoint/churn-2`,
        );
      }
    }
  });

  it('are named to those functions, and not to staging', () => {
    const { assay } = withBackends();
    const told = Object.entries(assay.findResources('AWS::Lambda::Function')).flatMap(
      ([id, { Properties }]) => {
        const hosts = Properties.Environment?.Variables?.BACKEND_HOSTS;
        return hosts === undefined ? [] : [[id.replace(/[0-9A-F]{8}$/, ''), hosts]];
      },
    );
    const hosts = 'models.example.com,gpu.example.com:8443';
    expect(told.sort()).toEqual([
      [expect.stringMatching(/Infer$/), hosts],
      [expect.stringMatching(/InferShadow$/), hosts],
    ]);
  });
});
