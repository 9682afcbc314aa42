import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeCloud } from './support/fake-cloud.ts';
import { ended, rollout } from './support/rollouts.ts';
import { approval, gate, version } from './support/samples.ts';
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

const failing = gate('performance', 'fail', [
  { id: 'recall', verdict: 'pass', observed: 0.97, threshold: 0.9, message: 'fine' },
  {
    id: 'accuracy',
    verdict: 'fail',
    observed: 0.8123456789,
    threshold: 0.85,
    message: 'accuracy is below the floor; train on more rows',
    where: 'slice=clinic-2',
  },
]);

it('shows a reviewer digest, gates with their failing checks, votes and history', async () => {
  const digest = 'ab'.repeat(32);
  const approvers = [{ person: 'anna', at: '2026-03-01T11:00:00Z', comment: 'looks good' }];
  const history = [
    { at: '2026-03-01T10:00:00Z', to: 'VALIDATION', actor: 'dora' },
    {
      at: '2026-03-01T10:01:00Z',
      from: 'VALIDATION',
      to: 'STAGING',
      actor: 'release',
      reason: 'ok',
    },
  ];
  const gates = [gate('schema'), failing];
  const open = approval({ approvers });
  cloud.on(`GET ${VERSION}`, version({ state: 'STAGING', gates, approval: open, history }));
  const { stdout } = await terminal.run('status', 'iris@1.0');
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('iris@1.0.0  STAGING  waiting for approval, 1 of 2');
  expect(lines).toContain(`  digest     ${digest}`);
  expect(lines).toContain('  signature  signed');
  expect(stdout).toMatch(/✓ schema {9}pass {10}3 checks +0\.4 s\n/);
  expect(stdout).toMatch(/✗ performance {4}fail {10}3 fail of 3 checks +0\.4 s\n/);
  expect(lines).toContain(
    '      ✗ accuracy   observed 0.812346   threshold 0.85   in slice=clinic-2',
  );
  expect(lines).toContain('        accuracy is below the floor; train on more rows');
  expect(stdout).not.toContain('recall');
  expect(lines).toContain('  ✓ anna approves, 2026-03-01 11:00:00 UTC: looks good');
  expect(lines).toContain('  vote by: assay approve ap-1');
  expect(lines).toContain('  2026-03-01 10:01:00 UTC  VALIDATION → STAGING  by release');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
});

it('keeps strangers from drawing on the screen or hiding text', async () => {
  const message = 'bad\u001b[2K\u001b[1A\r\nall gates pass \u202e\u0007';
  const gates = [gate('schema', 'fail', [{ id: 'x\u001b[8m', verdict: 'fail', message }])];
  cloud.on(`GET ${VERSION}`, version({ gates }));
  const { stdout } = await terminal.run('status', 'iris@1.0.0');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(stdout).toContain('        bad all gates pass');
});

it('takes the latest version when none is named', async () => {
  cloud.on('GET /governance/models/iris/versions', {
    items: [version({ version: '0.9.0', ordinal: 1 })],
    cursor: 'next',
  });
  cloud.on('GET /governance/models/iris/versions?cursor=next', {
    items: [version({ ordinal: 2 })],
  });
  cloud.on(`GET ${VERSION}`, version({ state: 'PRODUCTION' }));
  expect((await terminal.run('status', 'iris')).stdout).toContain('iris@1.0.0  PRODUCTION');
});

it.each([
  ['PRODUCTION', {}, 0],
  ['DEPRECATED', {}, 0],
  ['VALIDATION', {}, 2],
  ['STAGING', {}, 2],
  ['STAGING', { approval: approval() }, 2],
  ['STAGING', { approval: approval({ status: 'APPROVED' }) }, 0],
  ['STAGING', { approval: approval({ status: 'REFUSED' }) }, 1],
  ['STAGING', { approval: approval({ status: 'EXPIRED' }) }, 2],
  ['STAGING', { approval: approval({ status: 'VOID' }) }, 2],
  ['FAILED', { approval: approval({ status: 'REFUSED' }) }, 1],
  ['FAILED', { approval: approval({ status: 'EXPIRED' }) }, 2],
  ['FAILED', { gates: [gate('a', 'error'), gate('b', 'fail')] }, 1],
  ['FAILED', { gates: [gate('a', 'error')] }, 2],
])('tells by its exit code where %s %o stands', async (state, more, exit) => {
  cloud.on(`GET ${VERSION}`, version({ state, ...more }));
  expect((await terminal.run('status', 'iris@1.0.0', '--json')).exit).toBe(exit);
});

const APPROVED = approval({ status: 'APPROVED' });

it.each([
  [{ approval: APPROVED, rollout: rollout() }, 'in rollout, 25 %', 0],
  [{ approval: APPROVED, rollout: rollout({ step: 0, share: 0 }) }, 'in rollout, in shadow', 0],
  [
    { approval: APPROVED, rollout: rollout({ status: 'ABORTED', ended: ended('wrong rows') }) },
    'rollout aborted: wrong rows',
    2,
  ],
  [
    { rollout: rollout({ status: 'ROLLED_BACK', ended: ended('it fails more') }) },
    'rolled back: it fails more',
    1,
  ],
  [
    { approval: approval(), rollout: rollout({ status: 'ROLLED_BACK', ended: ended('x') }) },
    'waiting for approval, 0 of 2',
    2,
  ],
  [
    { approval: APPROVED, rollout: rollout({ status: 'ROLLED_BACK', ended: ended('x') }) },
    'approved, on its way to production',
    0,
  ],
  [
    {
      rollout: rollout({ status: 'PROMOTED' }),
      history: [
        {
          at: '2026-03-01T10:00:00Z',
          from: 'PRODUCTION',
          to: 'STAGING',
          actor: 'kill-version',
          reason: 'recall drops',
        },
      ],
    },
    'rolled back: recall drops',
    1,
  ],
])('tells how a staged version came to traffic, or did not: %#', async (more, text, exit) => {
  cloud.on(`GET ${VERSION}`, version({ state: 'STAGING', ...more }));
  const run = await terminal.run('status', 'iris@1.0.0');
  expect(run.stdout.split('\n')[0]).toBe(`iris@1.0.0  STAGING  ${text}`);
  expect(run.exit).toBe(exit);
});

it('watches until the vote is over, a line for each change', async () => {
  const staged = { state: 'STAGING', gates: [gate('schema')] };
  const steps = [
    version({ ...staged, approval: approval() }),
    version({ ...staged, approval: approval() }),
    version({ ...staged, approval: approval({ approvers: ['anna'] }) }),
    version({ ...staged, approval: approval({ approvers: ['anna', 'bert'], status: 'APPROVED' }) }),
  ];
  cloud.on(`GET ${VERSION}`, () => ({ body: steps.shift() ?? {} }));
  const { exit, stderr, stdout } = await terminal.run('status', 'iris@1.0.0', '--watch', '--json');
  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ approval: { status: 'APPROVED' } });
  expect(stderr).toBe(
    [
      'gate schema: pass (3 checks)',
      'iris@1.0.0: STAGING, waiting for approval, 0 of 2',
      'approved by anna',
      'iris@1.0.0: STAGING, waiting for approval, 1 of 2',
      'approved by bert',
      'iris@1.0.0: STAGING, approved, on its way to production',
      '',
    ].join('\n'),
  );
});

it('colours only where colours are wanted', async () => {
  cloud.on(`GET ${VERSION}`, version({ state: 'PRODUCTION' }));
  const colored = async (): Promise<boolean> =>
    (await terminal.run('status', 'iris@1.0.0')).stdout.includes('\u001b[');
  expect(await colored()).toBe(false);
  terminal.isTTY = true;
  expect(await colored()).toBe(true);
  terminal.env.NO_COLOR = '1';
  expect(await colored()).toBe(false);
});

it('names what is wrong with a reference', async () => {
  const bad = await terminal.run('status', 'Iris@1.0.0');
  expect(bad.exit).toBe(3);
  expect(bad.stderr).toContain('model: got "Iris"');
  expect((await terminal.run('status', 'iris@one')).stderr).toContain('version: got "one"');
});
