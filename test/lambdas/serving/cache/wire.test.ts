import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { predictionCache } from '../../../../lambdas/serving/cache/wire.ts';
import { answer, question, TENANT_KEY } from './questions.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:redis-AbCdEf';
const secrets = mockClient(SecretsManagerClient);
beforeEach(() => secrets.reset());
afterEach(() => vi.unstubAllEnvs());

describe('the prediction cache of a deployment', () => {
  it('is none of no size', () => {
    vi.stubEnv('PREDICTION_CACHE_MIB', '0');
    vi.stubEnv('REDIS_SECRET_ARN', SECRET);
    expect(predictionCache()).toBeUndefined();
    expect(secrets.calls()).toEqual([]);
  });

  it('must be told its size', () => {
    vi.stubEnv('PREDICTION_CACHE_MIB', '');
    expect(() => predictionCache()).toThrow('PREDICTION_CACHE_MIB is not set');
  });

  it('is in memory alone unless a secret names a Redis', async () => {
    vi.stubEnv('PREDICTION_CACHE_MIB', '1');
    const cache = predictionCache();
    cache?.keep(TENANT_KEY, question(1), answer(0.5));
    expect(await cache?.find(TENANT_KEY, question(1))).toEqual(answer(0.5));
    expect(cache?.take()).toEqual({ hits: 1, misses: 0, tooLarge: 0 });
    expect(secrets.calls()).toEqual([]);
  });

  it('reads where Redis is from the secret, and does without when it cannot', async () => {
    vi.stubEnv('PREDICTION_CACHE_MIB', '1');
    vi.stubEnv('REDIS_SECRET_ARN', SECRET);
    secrets.on(GetSecretValueCommand).rejects(new Error('denied'));
    const cache = predictionCache();
    expect(await cache?.find(TENANT_KEY, question(1))).toBeUndefined();
    expect(cache?.take().shared).toEqual({ hits: 0, misses: 0, failures: 0, altered: 0 });
    expect(secrets.calls()[0]?.args[0].input).toEqual({ SecretId: SECRET });
  });
});
