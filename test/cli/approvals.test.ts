import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeCloud } from './support/fake-cloud.ts';
import { approval, version } from './support/samples.ts';
import { Terminal } from './support/terminal.ts';

const VOTES = '/governance/approvals/ap-1/votes';
let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
  cloud.on('GET /governance/approvals/ap-1', approval());
  cloud.on(`POST ${VOTES}`, { status: 'OPEN', approvals: 1, quorum: 2 });
});
afterEach(() => cloud.stop());

it('lists open approvals', async () => {
  cloud.on('GET /governance/approvals?status=OPEN', { items: [approval()] });
  const { exit, stdout } = await terminal.run('approvals');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/ap-1 +iris@1\.0\.0 +0 of 2 +dora +\d+ d +1 of 1 pass/);
});

it('binds a vote to the digest and policy that it shows', async () => {
  const { exit, stdout } = await terminal.run('approve', 'ap-1', '--comment', 'fine');
  expect(exit).toBe(0);
  expect(cloud.sent('POST', VOTES)[0]?.body).toEqual({
    decision: 'approve',
    comment: 'fine',
    digest: 'ab'.repeat(32),
    policyHash: 'cd'.repeat(32),
  });
  expect(stdout).toContain('ab'.repeat(32));
  expect(stdout).toContain('voted to approve: OPEN, 1 of 2 approve');
});

it('refuses with a reason only', async () => {
  expect((await terminal.run('refuse', 'ap-1')).exit).toBe(3);
  expect(cloud.sent('POST', VOTES)).toEqual([]);
  expect((await terminal.run('refuse', 'ap-1', '--comment', 'one clinic only')).exit).toBe(0);
  expect(cloud.sent('POST', VOTES)[0]?.body).toMatchObject({ decision: 'refuse' });
});

it('does not vote on an approval that is closed', async () => {
  cloud.on('GET /governance/approvals/ap-1', approval({ status: 'EXPIRED' }));
  const { exit, stderr } = await terminal.run('approve', 'ap-1');
  expect(exit).toBe(1);
  expect(stderr).toContain('approval ap-1: got EXPIRED, expected OPEN');
  expect(cloud.sent('POST', VOTES)).toEqual([]);
});

it('says why a vote does not count, and sends it once', async () => {
  cloud.on(`POST ${VOTES}`, () => ({
    status: 409,
    body: { title: 'Conflict', detail: 'dora submitted iris@1.0.0; ask a colleague' },
  }));
  const { exit, stderr } = await terminal.run('approve', 'ap-1');
  expect(exit).toBe(1);
  expect(stderr).toBe('error: dora submitted iris@1.0.0; ask a colleague\n');
  expect(cloud.sent('POST', VOTES)).toHaveLength(1);
});

it('never repeats a vote by itself, even when the API is busy', async () => {
  cloud.on(`POST ${VOTES}`, () => ({ status: 503, body: { message: 'busy' } }));
  expect((await terminal.run('approve', 'ap-1')).exit).toBe(3);
  expect(cloud.sent('POST', VOTES)).toHaveLength(1);
});

it('lists models with champion, versions and stages, newest first', async () => {
  cloud.on('GET /governance/models', {
    items: [{ model: 'iris', champion: '1.0.0', latest: '1.1.0', versions: 2 }],
  });
  cloud.on('GET /governance/models/iris/versions', {
    items: [
      version({ state: 'PRODUCTION' }),
      version({ version: '1.1.0', ordinal: 2, state: 'STAGING' }),
    ],
  });
  const { stdout } = await terminal.run('list');
  const [, newest, oldest] = stdout.split('\n');
  expect(newest).toMatch(/^iris +1\.1\.0 +STAGING/);
  expect(oldest).toMatch(/^ +1\.0\.0 \(champion\) +PRODUCTION/);
});
