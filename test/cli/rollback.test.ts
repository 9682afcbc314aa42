import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeCloud } from './support/fake-cloud.ts';
import { rollback } from './support/rollouts.ts';
import { Terminal } from './support/terminal.ts';

const PATH = '/governance/models/iris/rollback';
const LIST = '/governance/models/iris/rollbacks';
const ASK = ['rollback', 'iris', '--severity', 'critical', '--reason', 'wrong units'];
let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
  const body = { id: 'rb-1', execution: 'rb-1', version: '1.1.0', to: '1.0.0' };
  cloud.on(`POST ${PATH}`, () => ({ status: 202, body }));
});
afterEach(() => cloud.stop());

it('asks for a rollback and says what goes', async () => {
  const { exit, stdout } = await terminal.run(...ASK);
  expect(exit).toBe(0);
  expect(cloud.sent('POST', PATH)[0]?.body).toEqual({
    severity: 'critical',
    reason: 'wrong units',
  });
  expect(stdout).toContain('rollback rb-1: iris@1.1.0 gives way to 1.0.0');
});

it('goes back to the version that is named', async () => {
  await terminal.run(...ASK, '--to', '1.0.0');
  expect(cloud.sent('POST', PATH)[0]?.body).toMatchObject({ to: '1.0.0' });
});

it.each([
  [['rollback', 'iris', '--reason', 'x'], '--severity: got nothing, expected low, medium, high'],
  [['rollback', 'iris', '--severity', 'low'], '--reason: got nothing'],
  [['rollback', 'iris', '--severity', 'huge', '--reason', 'x'], 'Allowed choices are low'],
])('does not run without saying how bad it is and why: %j', async (argv, said) => {
  const { exit, stderr } = await terminal.run(...argv);
  expect(exit).toBe(3);
  expect(stderr).toContain(said);
  expect(cloud.sent('POST', PATH)).toEqual([]);
});

it('waits until it is noted and verified, a line for each change', async () => {
  const lists = [
    [rollback({ id: 'rb-0' })],
    [rollback({ status: 'RUNNING', checks: undefined }), rollback({ id: 'rb-0' })],
    [rollback({ status: 'ROLLED_BACK', checks: undefined })],
    [rollback({ status: 'ROLLED_BACK', checks: undefined })],
    [rollback()],
  ];
  cloud.on(`GET ${LIST}`, () => ({ body: { items: lists.shift() ?? [] } }));
  const { exit, stdout, stderr } = await terminal.run(...ASK, '--wait');
  expect(exit).toBe(0);
  expect(stderr.trimEnd().split('\n')).toEqual([
    'RUNNING: giving up its traffic',
    'ROLLED_BACK: out of traffic, its effect is being watched',
    'VERIFIED: rolled back and verified',
  ]);
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('iris@1.1.0  VERIFIED  rolled back and verified');
  expect(lines).toContain('  severity   critical, at once');
  expect(lines).toContain('  back to    1.0.0');
  expect(lines).toContain('  ✓ no request reached it since');
});

it.each([
  ['VERIFIED', 0],
  ['NOTHING', 0],
  ['UNVERIFIED', 1],
  ['REFUSED', 1],
  ['HELD', 1],
  ['FAULTED', 3],
])('tells by its exit code that it ended %s: %i', async (status, exit) => {
  cloud.on(`GET ${LIST}`, { items: [rollback({ status, why: 'as it was' })] });
  const run = await terminal.run(...ASK, '--wait');
  expect(run.exit).toBe(exit);
  expect(run.stdout).toContain('  as it was\n');
});

it('ends undecided where nothing is heard of it', async () => {
  cloud.on(`GET ${LIST}`, { items: [] });
  const { exit, stderr } = await terminal.run(...ASK, '--wait');
  expect(exit).toBe(2);
  expect(stderr).toContain('rollback rb-1: got no trace of it within 120 s');
});

it('lists rollbacks, and who or what asked for them', async () => {
  cloud.on(`GET ${LIST}`, {
    items: [
      rollback(),
      rollback({ id: 'rb-0', trigger: 'breaker', actor: 'request-rollback', abort: true }),
    ],
  });
  const { exit, stdout } = await terminal.run('rollback', 'list', 'iris');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/rb-1 +1\.1\.0 +1\.0\.0 +VERIFIED +critical +dora /);
  expect(stdout).toMatch(/rb-0 .* VERIFIED \(abort\) +critical +breaker .* wrong units/);
});
