import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { Secrets } from '#aws/secrets.ts';

const manager = mockClient(SecretsManagerClient);
let now = 0;
const secrets = () => new Secrets(new SecretsManagerClient({ region: 'eu-west-1' }), () => now);

beforeEach(() => {
  manager.reset();
  now = 0;
});

describe('a secret', () => {
  it('is read again after five minutes, and not before', async () => {
    manager.on(GetSecretValueCommand).resolves({ SecretString: '{"authorization":"Bearer t"}' });
    const held = secrets();
    await held.headers('s');
    now = 299_999;
    expect(await held.headers('s')).toEqual({ authorization: 'Bearer t' });
    expect(manager.commandCalls(GetSecretValueCommand)).toHaveLength(1);
    now = 300_000;
    await held.headers('s');
    expect(manager.commandCalls(GetSecretValueCommand)).toHaveLength(2);
  });

  it.each([
    ...['Bearer t', '["a"]', '{"n": 3}'],
    ...['{"token": "two\\nlines"}', '{"token": "na\u00efve"}', '{"no name": "x"}', '{"": "x"}'],
  ])('that is no object of headers is refused', async (text) => {
    manager.on(GetSecretValueCommand).resolves({ SecretString: text });
    const refusal = await secrets()
      .headers('s')
      .catch((error: Error) => error.message);
    expect(refusal).toBe(
      'secret s: expected a JSON object of HTTP headers, name to text on one line',
    );
  });

  it('that is stored as bytes is refused', async () => {
    manager.on(GetSecretValueCommand).resolves({ SecretBinary: Buffer.from('x') });
    await expect(secrets().text('s')).rejects.toThrow('got bytes, expected text');
  });
});
