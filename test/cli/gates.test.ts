import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Verdict } from '#domain/gates/verdict.ts';
import { FakeCloud } from './support/fake-cloud.ts';
import { gate, version } from './support/samples.ts';
import { Terminal } from './support/terminal.ts';

const VERSION = '/governance/models/iris/versions/1.0.0';
let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
});
afterEach(() => cloud.stop());

const check = (id: string, verdict: Verdict) => ({
  id,
  verdict,
  observed: 0.97,
  threshold: 0.9,
  message: `${id} is ${verdict}`,
});
const performance = gate('performance', 'fail', [check('recall', 'pass'), check('ece', 'fail')]);

it('shows every check with observed, threshold and reason, those that pass too', async () => {
  cloud.on(`GET ${VERSION}`, version({ gates: [gate('schema'), performance] }));
  const { exit, stdout } = await terminal.run('gates', 'iris@1.0.0');
  expect(exit).toBe(1);
  expect(stdout).toContain('✓ recall   observed 0.97   threshold 0.9');
  expect(stdout).toContain('✗ ece   observed 0.97   threshold 0.9');
  expect(stdout).toContain('recall is pass');
});

it.each<[Verdict, number]>([
  ['pass', 0],
  ['fail', 1],
  ['inconclusive', 2],
  ['error', 3],
])('ends by the worst verdict: %s is %i', async (verdict, exit) => {
  cloud.on(`GET ${VERSION}`, version({ gates: [gate('schema'), gate('load', verdict)] }));
  expect((await terminal.run('gates', 'iris@1.0.0')).exit).toBe(exit);
});

it('is undecided before any gate has reported', async () => {
  cloud.on(`GET ${VERSION}`, version({ gates: [] }));
  expect(await terminal.run('gates', 'iris@1.0.0')).toMatchObject({
    exit: 2,
    stdout: expect.stringContaining('no gate has reported yet'),
  });
});

it('shows one gate alone, and names those there are for one that is not', async () => {
  cloud.on(`GET ${VERSION}`, version({ gates: [gate('schema'), performance] }));
  const { exit, stdout } = await terminal.run('gates', 'iris@1.0.0', '--gate', 'schema');
  expect(exit).toBe(0);
  expect(stdout).not.toContain('performance');
  const other = await terminal.run('gates', 'iris@1.0.0', '--gate', 'speed');
  expect(other.exit).toBe(3);
  expect(other.stderr).toContain(
    'got "speed", expected one that has reported: schema, performance',
  );
});
