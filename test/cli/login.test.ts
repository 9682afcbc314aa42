import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeCloud, idToken } from './support/fake-cloud.ts';
import { Terminal } from './support/terminal.ts';

let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
});
afterEach(() => cloud.stop());

const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

it('keeps tokens where only their owner can read them', async () => {
  expect((await terminal.login(cloud)).exit).toBe(0);
  expect(await mode(terminal.assayHome)).toBe('700');
  expect(await mode(join(terminal.assayHome, 'token.json'))).toBe('600');
});

it('speaks to Cognito as a stock client does', async () => {
  await terminal.login(cloud);
  expect(cloud.sent('POST', '/cognito')[0]).toMatchObject({
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: {
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: 'c-1',
      AuthParameters: { USERNAME: 'dora', PASSWORD: 'secret' },
    },
  });
});

it('tells who is logged in, with tenant and roles', async () => {
  await terminal.login(cloud);
  const { stdout } = await terminal.run('whoami', '--json');
  expect(JSON.parse(stdout)).toEqual({
    user: 'dora',
    tenant: 'default',
    roles: ['ml_engineer'],
    api: cloud.url,
  });
});

it('remembers where Assay is, so that the next login needs a user only', async () => {
  await terminal.login(cloud);
  expect((await terminal.run('login', '--user', 'dora')).exit).toBe(0);
});

it('reads the password from stdin without its line end', async () => {
  terminal.env.ASSAY_PASSWORD = '';
  terminal.stdin = 'secret\n';
  expect((await terminal.login(cloud, '--password-stdin')).exit).toBe(0);
});

it('asks for a new password where the old one was temporary', async () => {
  terminal.env.ASSAY_PASSWORD = '';
  terminal.answers = ['temporary', 'better'];
  expect((await terminal.login(cloud)).exit).toBe(0);
  expect(cloud.sent('POST', '/cognito')[1]?.body).toMatchObject({
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: 's-1',
  });
});

it('says what to do where there is no terminal to ask for a password on', async () => {
  terminal.env.ASSAY_PASSWORD = '';
  const { exit, stderr } = await terminal.login(cloud);
  expect(exit).toBe(3);
  expect(stderr).toContain('--password-stdin');
});

it('passes on why Cognito refused, and stores nothing', async () => {
  terminal.env.ASSAY_PASSWORD = 'wrong';
  const { exit, stderr } = await terminal.login(cloud);
  expect(exit).toBe(3);
  expect(stderr).toContain('NotAuthorizedException');
  expect((await terminal.run('whoami')).exit).toBe(3);
});

it('sends passwords over plain HTTP to this machine only', async () => {
  const { exit, stderr } = await terminal.login(cloud, '--cognito', 'http://cognito.example');
  expect(exit).toBe(3);
  expect(stderr).toContain('--cognito: got "http://cognito.example", expected an https:// URL');
  expect(cloud.requests).toEqual([]);
});

it('renews a token that is about to end, and keeps the refresh token', async () => {
  await terminal.login(cloud);
  cloud.on('GET /governance/models', { items: [] });
  const bearer = async (): Promise<unknown> => {
    await terminal.run('list');
    return cloud.sent('GET', '/governance/models').at(-1)?.headers.authorization;
  };
  terminal.pass(3500_000);
  expect(await bearer()).toBe(`Bearer ${idToken(1)}`);
  terminal.pass(41_000);
  expect(await bearer()).toBe(`Bearer ${idToken(2)}`);
  terminal.pass(3600_000);
  expect(await bearer()).toBe(`Bearer ${idToken(3)}`);
});

it('forgets the tokens at logout', async () => {
  await terminal.login(cloud);
  await terminal.run('logout');
  const { exit, stderr } = await terminal.run('whoami');
  expect(exit).toBe(3);
  expect(stderr).toContain('run "assay login');
});
