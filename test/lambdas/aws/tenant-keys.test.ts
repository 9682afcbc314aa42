import { createHmac } from 'node:crypto';
import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { TenantKeys } from '#aws/tenant-keys.ts';

const arn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const kms = mockClient(KMSClient);
const keys = () => new TenantKeys(arn, new KMSClient({ region: 'eu-west-1' }));

beforeEach(() => {
  kms.reset();
  kms.on(GenerateMacCommand).callsFake(({ Message }) => ({
    Mac: createHmac('sha256', 'the key in KMS').update(Message).digest(),
  }));
});

describe('TenantKeys', () => {
  it('derives a key by KMS from purpose and tenant', async () => {
    const key = await keys().of('acme', 'decision');
    expect(key).toHaveLength(32);
    expect(kms.commandCalls(GenerateMacCommand).map(({ args }) => args[0].input)).toEqual([
      {
        KeyId: arn,
        MacAlgorithm: 'HMAC_SHA_256',
        Message: Buffer.from('assay/v1/decision/acme'),
      },
    ]);
  });

  it('gives tenants and purposes keys of their own', async () => {
    const all = keys();
    const made = await Promise.all([
      all.of('acme', 'decision'),
      all.of('acme', 'cache'),
      all.of('globex', 'decision'),
    ]);
    expect(new Set(made.map((key) => Buffer.from(key).toString('hex'))).size).toBe(3);
  });

  it('asks once for each, however many ask', async () => {
    const all = keys();
    const [one, other] = await Promise.all([all.of('acme', 'cache'), all.of('acme', 'cache')]);
    expect(await all.of('acme', 'cache')).toBe(one);
    expect(other).toBe(one);
    expect(kms.commandCalls(GenerateMacCommand)).toHaveLength(1);
  });

  it('asks again after a fault', async () => {
    kms
      .on(GenerateMacCommand)
      .rejectsOnce(new Error('throttled'))
      .resolves({ Mac: Buffer.alloc(32, 1) });
    const all = keys();
    await expect(all.of('acme', 'cache')).rejects.toThrow('throttled');
    expect(await all.of('acme', 'cache')).toEqual(Buffer.alloc(32, 1));
  });

  it.each([undefined, Buffer.alloc(48)])('refuses what is no key of 32 bytes', async (Mac) => {
    kms.on(GenerateMacCommand).resolves({ Mac });
    await expect(keys().of('acme', 'cache')).rejects.toThrow('expected 32');
  });
});
