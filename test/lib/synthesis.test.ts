import { type App, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import {
  ACCOUNT,
  productionStacks,
  productionTemplates,
  REGION,
  type Stacks,
  synthesise,
} from '../support/stacks.ts';

const LOCAL = 'local/deployment.json';
const plugins = (app: App) => [new AwsSolutionsChecks(app)];

describe('cdk-nag', () => {
  it('has nothing to say of the default configuration, nor of the local one', () => {
    for (const file of [undefined, LOCAL]) {
      // A finding that nobody acknowledged makes the synthesis fail.
      expect(() => synthesise({ config: readConfig(file), plugins })).not.toThrow();
    }
  });

  it('would make the synthesis fail if it had', () => {
    const withCarelessQueue = (app: App) => {
      new Queue(new Stack(app, 'Careless'), 'Queue');
      return plugins(app);
    };
    expect(() => synthesise({ plugins: withCarelessQueue })).toThrow('AwsSolutions-SQS4');
  });
});

describe('the app', () => {
  it('needs no account to be synthesised, as `cdk synth` without credentials has none', () => {
    const { assay } = synthesise({ env: { region: REGION } });
    expect(JSON.stringify(assay.toJSON())).toContain('"Ref":"AWS::AccountId"');
  });

  it('takes from the configuration whom to mail, and what inference may use', () => {
    const config = {
      ...readConfig(undefined),
      notify: { email: 'ops@example.com' },
      inference: {
        ...readConfig(undefined).inference,
        memoryMiB: 4096,
        sessionCacheMiB: 3000,
        stagingConcurrency: 2,
      },
    };
    const { assay } = synthesise({ config });
    assay.resourcePropertiesCountIs(
      'AWS::SNS::Subscription',
      { Protocol: 'email', Endpoint: 'ops@example.com' },
      4,
    );
    assay.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 4096,
      Environment: { Variables: { SESSION_CACHE_MIB: '3000' } },
    });
  });

  it('mails nobody by itself', () => {
    const { assay } = productionStacks();
    assay.resourcePropertiesCountIs('AWS::SNS::Subscription', { Protocol: 'email' }, 0);
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  it('leaves a tenth of the 500 resources free that CloudFormation allows a stack', () => {
    for (const template of productionTemplates()) {
      expect(Object.keys(template.toJSON().Resources).length).toBeLessThanOrEqual(450);
    }
  });

  it('has monitoring depend on all else, and nothing on monitoring', () => {
    const imports = Object.entries(productionStacks()).map(([name, template]) => [
      name,
      [
        ...new Set(
          [...JSON.stringify(template.toJSON()).matchAll(/"Fn::ImportValue":"(\w+):/g)].map(
            ([, stack]) => stack,
          ),
        ),
      ].sort(),
    ]);
    expect(Object.fromEntries(imports)).toEqual({
      data: [],
      assay: ['AssayData'],
      monitoring: ['Assay', 'AssayData'],
    });
  });

  it('exports the same whatever is configured: no export can go in the deployment that its import goes in', () => {
    const exported = ({ data, assay }: Stacks) =>
      [data, assay].flatMap((template) =>
        Object.values(template.findOutputs('*')).flatMap(({ Export }) => Export?.Name ?? []),
      );
    const names = exported(productionStacks());
    expect(names.length).toBeGreaterThan(20);
    const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:hook`;
    for (const changed of [
      readConfig(LOCAL),
      {
        ...readConfig(undefined),
        notify: { webhook: { url: 'https://ops.example.com/hook', secret } },
        evaluation: { repository: 'assay/evaluation' },
        capture: { reservoirShare: 0.01, omit: [] },
      },
    ]) {
      expect(exported(synthesise({ config: changed })).sort()).toEqual(names.sort());
    }
  });

  it('needs nothing but functions of ours: no custom resource of the CDK', () => {
    for (const template of productionTemplates()) {
      expect(template.findResources('AWS::CloudFormation::CustomResource')).toEqual({});
      const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>);
      expect(types.filter(({ Type }) => Type.startsWith('Custom::'))).toEqual([]);
    }
  });
});
