import { describe, expect, it } from 'vitest';
import { clientEnvironment, serverEnvironment } from '../../local/environment.ts';
import { homeAt } from '../../local/home.ts';

const real = {
  PATH: '/usr/bin',
  AWS_PROFILE: 'production',
  AWS_ACCESS_KEY_ID: 'AKIAREAL',
  AWS_SESSION_TOKEN: 'real',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_ENDPOINT_URL_S3: 'https://s3.amazonaws.com',
};

describe('clientEnvironment', () => {
  it('carries no trace of real credentials or other endpoints', () => {
    const environment = clientEnvironment('http://127.0.0.1:4701', real);
    expect(environment).toMatchObject({
      PATH: '/usr/bin',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4701',
    });
    expect(JSON.stringify(environment)).not.toMatch(/real|production|amazonaws/i);
    expect(environment.AWS_SESSION_TOKEN).toBeUndefined();
  });

  it('is not made for an endpoint elsewhere', () => {
    expect(() => clientEnvironment('https://sts.amazonaws.com', {})).toThrow(RangeError);
  });
});

describe('serverEnvironment', () => {
  it('inherits nothing that would reach the Lambda workers or change the server', () => {
    const home = homeAt('/tmp/assay-environment');
    const environment = serverEnvironment(
      home,
      { port: 4701, iam: false },
      { ...real, LAMBDA_EXECUTOR: 'docker' },
    );
    expect(environment).toMatchObject({
      GATEWAY_PORT: '4701',
      BIND_HOST: '127.0.0.1',
      TMPDIR: '/tmp/assay-environment/tmp',
    });
    expect(Object.keys(environment).filter((name) => /^(AWS|LAMBDA)_/.test(name))).toEqual([]);
  });
});
