import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeCloud } from './support/fake-cloud.ts';
import { Terminal } from './support/terminal.ts';

let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
});
afterEach(() => cloud.stop());

it('asks again while the API is busy', async () => {
  let calls = 0;
  cloud.on('GET /governance/models', () => {
    calls += 1;
    return calls < 4 ? { status: calls === 1 ? 429 : 503, body: {} } : { body: { items: [] } };
  });
  expect((await terminal.run('list')).exit).toBe(0);
  expect(terminal.slept).toEqual([250, 500, 1000]);
});

it('gives up after four tries and passes on what the API said', async () => {
  cloud.on('GET /governance/models', () => ({ status: 500, body: { detail: 'table is gone' } }));
  const { exit, stderr } = await terminal.run('list');
  expect(exit).toBe(3);
  expect(stderr).toBe('error: table is gone\n');
  expect(cloud.sent('GET', '/governance/models')).toHaveLength(4);
});

it('names the address that it cannot reach', async () => {
  cloud.stop();
  const { exit, stderr } = await terminal.run('list');
  expect(exit).toBe(3);
  expect(stderr).toContain(`/governance/models: got connect ECONNREFUSED`);
});

it('points at login when the API does not accept the token', async () => {
  cloud.on('GET /governance/models', () => ({ status: 401, body: { message: 'Unauthorized' } }));
  const { exit, stderr } = await terminal.run('list');
  expect(exit).toBe(3);
  expect(stderr).toBe('error: Unauthorized; run "assay login"\n');
});

it('lists every problem that the API named', async () => {
  const problem = { field: 'model', got: '"X"', expected: 'a name', remedy: 'correct it' };
  cloud.on('GET /governance/models', () => ({
    status: 422,
    body: { detail: 'unfit', problems: [problem, { ...problem, field: 'other' }] },
  }));
  const { exit, stderr, stdout } = await terminal.run('list', '--json');
  expect(exit).toBe(1);
  expect(stderr.split('\n')).toHaveLength(4);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { message: 'unfit', problems: [problem, {}] },
  });
});

it('says so when the answer comes from something else than Assay', async () => {
  cloud.on('GET /governance/models', { hello: 'world' });
  const { exit, stderr } = await terminal.run('list');
  expect(exit).toBe(3);
  expect(stderr).toContain('items: got nothing, expected a value of type array');
});

it('reads answers that say more than it knows', async () => {
  cloud.on('GET /governance/models', { items: [], total: 0, cursor: null });
  expect((await terminal.run('list')).exit).toBe(0);
});

it('never sends the token on to where a redirect points', async () => {
  cloud.on('GET /governance/models', () => ({ status: 302, body: {} }));
  expect((await terminal.run('list')).exit).toBe(3);
});

it('writes one JSON document, whatever happens', async () => {
  const runs = [
    ['list', '--json'],
    ['--json', 'list'],
    ['status', '--json'],
    ['bogus', '--json'],
    ['status', 'iris@1.0.0', '--json'],
  ];
  for (const argv of runs) {
    const { exit, stdout } = await terminal.run(...argv);
    expect(exit, argv.join(' ')).toBe(3);
    expect(JSON.parse(stdout), argv.join(' ')).toMatchObject({ error: {} });
  }
});

it('shows a stack only on request', async () => {
  expect((await terminal.run('list')).stderr).not.toContain('    at ');
  terminal.env.ASSAY_DEBUG = '1';
  expect((await terminal.run('list')).stderr).toContain('    at ');
});

it('documents examples and exit codes of every command', async () => {
  const { exit, stdout } = await terminal.run('--help');
  expect(exit).toBe(0);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[options\]|<)/gm)].map(
    ([, name]) => name,
  );
  expect(commands).toHaveLength(21);
  for (const command of commands) {
    const help = await terminal.run(String(command), '--help');
    expect(help.exit).toBe(0);
    expect(help.stdout).toContain(`  $ assay ${command}`);
    expect(help.stdout).toContain('Exit codes:');
  }
});
