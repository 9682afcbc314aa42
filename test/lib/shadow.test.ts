import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { functionIds, ofType } from '../support/deployed.ts';
import { productionStacks, synthesise } from '../support/stacks.ts';

const shadow = () => functionIds().get('InferShadow');

describe('InferShadow', () => {
  it('runs a copy once and soon, or not at all: none is kept', () => {
    const configs = ofType('AWS::Lambda::EventInvokeConfig').filter(
      ([, { Properties }]) => Properties.FunctionName === shadow(),
    );
    expect(configs).toHaveLength(1);
    const [[, { Properties }] = ['', { Properties: {} }]] = configs;
    expect(Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    expect(Properties).not.toHaveProperty('DestinationConfig');
  });

  it('can be invoked by no service, and has no address', () => {
    for (const type of ['AWS::Lambda::Permission', 'AWS::Lambda::Url']) {
      for (const [, { Properties }] of ofType(type)) {
        expect(JSON.stringify(Properties)).not.toContain(shadow());
      }
    }
  });
});

describe('Infer', () => {
  const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:redis-AbCdEf';

  it('reads the one secret of the configuration, and none where there is none', () => {
    expect(JSON.stringify(productionStacks().assay.toJSON())).not.toContain('REDIS_SECRET_ARN');
    const config = readConfig(undefined);
    const inference = { ...config.inference, redisUrlSecret: SECRET, predictionCacheMiB: 8 };
    const { assay } = synthesise({ config: { ...config, inference } });
    assay.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { REDIS_SECRET_ARN: SECRET, PREDICTION_CACHE_MIB: '8' } },
    });
    const readers = Object.values(assay.findResources('AWS::IAM::Policy')).filter((policy) =>
      JSON.stringify(policy).includes('secretsmanager:GetSecretValue'),
    );
    expect(readers).toHaveLength(1);
    expect(JSON.stringify(readers)).toContain(`"Resource":"${SECRET}"`);
  });
});
