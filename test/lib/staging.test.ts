import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { arnOf, deployed, functionIds, ofType } from '../support/deployed.ts';
import { actionsOf, allowed, arn, decide, roleOf } from '../support/permissions.ts';
import { synthesise } from '../support/stacks.ts';

beforeAll(() => {
  deployed();
});

const staging = () => arnOf(functionIds().get('InferStaging') ?? '');
const propertiesOf = (name: string) => deployed().get(functionIds().get(name) ?? '')?.Properties;

describe('InferStaging', () => {
  it('can be invoked by the load gate alone', async () => {
    const invoke = (action: string, resource: string) => allowed({ action, resource });
    expect(await invoke('lambda:InvokeFunction', staging())).toEqual(['DriveLoad']);
    expect(await invoke('lambda:InvokeFunction', `${staging()}:1`)).toEqual([]);
    expect(await invoke('lambda:InvokeAsync', staging())).toEqual([]);
  });

  it('is all that the load gate can invoke, and it is told which one that is', async () => {
    const action = 'lambda:InvokeFunction';
    for (const id of functionIds().values()) {
      const decision = await decide(roleOf('DriveLoad'), { action, resource: arnOf(id) });
      expect(decision === 'Allowed', id).toBe(arnOf(id) === staging());
    }
    const { Variables } = propertiesOf('DriveLoad').Environment;
    expect(Variables.STAGING_FUNCTION_ARN).toBe(staging());
  });

  it('loads by a signature that the load gate cannot give', async () => {
    const context = { 'kms:MessageType': 'DIGEST', 'kms:SigningAlgorithm': 'ECDSA_SHA_256' };
    for (const [id] of ofType('AWS::KMS::Key')) {
      const asked = { action: 'kms:Sign', resource: arnOf(id), context };
      expect(await decide(roleOf('DriveLoad'), asked)).not.toBe('Allowed');
    }
  });

  it('can be invoked by no service, and has no address', () => {
    const id = functionIds().get('InferStaging');
    for (const type of ['AWS::Lambda::Permission', 'AWS::Lambda::Url']) {
      for (const [, { Properties }] of ofType(type)) {
        expect(JSON.stringify(Properties)).not.toContain(id);
      }
    }
    for (const [, { Properties }] of ofType('AWS::ApiGatewayV2::Integration')) {
      expect(JSON.stringify(Properties)).not.toContain(id);
    }
  });

  it('may do nothing that Infer may not, under a role of its own', () => {
    expect(roleOf('InferStaging')).not.toBe(roleOf('Infer'));
    expect(actionsOf(roleOf('Infer'))).toEqual(
      expect.arrayContaining(actionsOf(roleOf('InferStaging'))),
    );
  });

  it.each([
    ['write the registry', 'dynamodb:PutItem'],
    ['change the registry', 'dynamodb:UpdateItem'],
    ['write evidence', 's3:PutObject'],
    ['sign', 'kms:Sign'],
    ['invoke anything', 'lambda:InvokeFunction'],
  ])('cannot %s', async (_, action) => {
    const types: Readonly<Record<string, string>> = {
      dynamodb: 'AWS::DynamoDB::GlobalTable',
      s3: 'AWS::S3::Bucket',
      kms: 'AWS::KMS::Key',
      lambda: 'AWS::Lambda::Function',
    };
    const [service = ''] = action.split(':');
    const resources = ofType(types[service] ?? '').map(([id]) => arnOf(id));
    expect(resources.length).toBeGreaterThan(0);
    for (const one of resources) {
      const resource = service === 's3' ? `${one}/versions/acme/key` : one;
      expect(await decide(roleOf('InferStaging'), { action, resource })).not.toBe('Allowed');
    }
  });

  it('runs as Infer does, in sandboxes that are kept for it', () => {
    const { ReservedConcurrentExecutions, ...mine } = propertiesOf('InferStaging');
    const others = propertiesOf('Infer');
    expect(ReservedConcurrentExecutions).toBe(10);
    expect(others.ReservedConcurrentExecutions).toBeUndefined();
    for (const name of ['MemorySize', 'Timeout', 'EphemeralStorage', 'Runtime']) {
      expect(mine[name], name).toEqual(others[name]);
    }
    expect(others.Environment).toMatchObject(mine.Environment);
  });

  it('reserves nothing where the configuration says so', () => {
    const config = readConfig(undefined);
    const inference = { ...config.inference, stagingConcurrency: null };
    const { assay } = synthesise({ config: { ...config, inference } });
    const reserved = Object.values(assay.findResources('AWS::Lambda::Function')).filter(
      ({ Properties }) => Properties.ReservedConcurrentExecutions !== undefined,
    );
    expect(reserved).toEqual([]);
  });
});

describe('Infer', () => {
  it('has as many sandboxes as the configuration says, and no more', () => {
    const config = readConfig(undefined);
    const inference = { ...config.inference, concurrency: 200 };
    const { assay } = synthesise({ config: { ...config, inference } });
    const reserved = Object.entries(assay.findResources('AWS::Lambda::Function')).flatMap(
      ([id, { Properties }]) =>
        Properties.ReservedConcurrentExecutions === 200 ? [id.replace(/[0-9A-F]{8}$/, '')] : [],
    );
    expect(reserved).toEqual(['InferenceInfer']);
  });
});

describe('AdmitStaging', () => {
  const version = 'versions/acme/churn/1.0.0/digest';
  const writersOf = (key: string) =>
    allowed({
      action: 's3:PutObject',
      resource: `${arn('AWS::S3::Bucket', 'Evidence')}/${version}/${key}`,
      context: { 's3:if-none-match': '*', 's3:ObjectCreationOperation': 'true' },
    });

  it('alone stores leave for staging, and none to serve', async () => {
    expect(await writersOf('admission/STAGING/policy.json')).toEqual(['AdmitStaging']);
    expect(await writersOf('admission/ADMITTED/policy.json')).toEqual(['AdmitVersion']);
  });

  it.each(['gates', 'attestations'])('writes no %s, on which it relies', async (folder) => {
    expect(await writersOf(`${folder}/security/policy.json`)).not.toContain('AdmitStaging');
  });
});
