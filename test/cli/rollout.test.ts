import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeCloud } from './support/fake-cloud.ts';
import { ended, rollout } from './support/rollouts.ts';
import { Terminal } from './support/terminal.ts';

const PATH = '/governance/models/iris/rollout';
let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
  cloud.on(`GET ${PATH}`, rollout());
});
afterEach(() => cloud.stop());

const answer = (...rollouts: object[]) => {
  cloud.on(`GET ${PATH}`, () => ({ body: rollouts.shift() ?? {} }));
};
const lookAt = (number: number, outcome: string, message: string) => ({
  ...rollout().look,
  number,
  outcome,
  checks: [{ id: 'harm', verdict: outcome === 'PASS' ? 'pass' : 'inconclusive', message }],
});

describe('assay rollout status', () => {
  it('tells how far it is, what the arms did and what is still to prove', async () => {
    const { exit, stdout } = await terminal.run('rollout', 'status', 'iris');
    const lines = stdout.split('\n');
    expect(exit).toBe(2);
    expect(lines[0]).toBe('iris@1.1.0  RUNNING  in rollout, 25 %');
    expect(lines[1]).toBe(`  [${'#'.repeat(8)}${'-'.repeat(22)}]  25 %`);
    expect(lines).toContain('  steps      shadow  5  [25]  100 %');
    expect(stdout).toMatch(/route {6}generation 12, leased for \d+ d\n/);
    expect(lines).toContain('  candidate  1200 units answered, 3 failed (0.25 %)');
    expect(lines).toContain('  stable     3600 units answered, 0 failed (0 %)');
    expect(stdout).toMatch(/Evidence at look 14, .* ago: INSUFFICIENT, next look in \d+ d\n/);
    expect(lines).toContain('  ✓ no harm shown: evidence of 1.1');
    expect(lines).toContain(
      '  ? the canary served 460 units in this step, 1000 needed (46 % of it)',
    );
  });

  it('leaves out what goes without saying, unless it does not', async () => {
    const silent = (verdict: string) => ({
      id: 'latency.reported',
      verdict,
      message: `latency was missing: ${verdict}`,
    });
    answer(
      rollout({ look: { ...rollout().look, checks: [silent('pass')] } }),
      rollout({ look: { ...rollout().look, checks: [silent('error')] } }),
    );
    expect((await terminal.run('rollout', 'status', 'iris')).stdout).not.toContain('latency');
    expect((await terminal.run('rollout', 'status', 'iris')).stdout).toContain(
      '  ! latency was missing: error\n',
    );
  });

  it('says that an ended lease leaves stable alone', async () => {
    answer(rollout({ route: { generation: 12, leaseUntil: '2026-01-01T00:00:00Z' } }));
    const { stdout } = await terminal.run('rollout', 'status', 'iris');
    expect(stdout).toContain('generation 12, lease ended: stable alone answers');
  });

  it('says what can be done about one that asks, or is paused', async () => {
    const asked = { at: '2026-03-01T10:00:00Z', reason: 'no decision for 24 h' };
    answer(rollout({ asked, paused: true }));
    const { stdout } = await terminal.run('rollout', 'status', 'iris');
    expect(stdout).toContain('in rollout, 25 %, paused; a person has to decide');
    expect(stdout).toContain('asked 2026-03-01 10:00:00 UTC: no decision for 24 h');
    expect(stdout).toContain('  assay rollout resume iris --allow-step\n');
    expect(stdout).toContain('  assay rollout abort iris\n');
  });

  it('names the block that leave would be for, and the one that it was given despite', async () => {
    const block = { since: '2026-03-01T09:00:00.000Z', by: 'errors (page)' };
    const asked = { at: '2026-03-01T10:00:00Z', reason: 'blocked', block };
    answer(
      rollout({ asked, despite: { since: '2026-02-01T09:00:00.000Z', by: 'latency (page)' } }),
    );
    const { stdout } = await terminal.run('rollout', 'status', 'iris');
    expect(stdout).toContain(
      '  assay rollout resume iris --allow-step --despite 2026-03-01T09:00:00.000Z\n',
    );
    expect(stdout).toContain(
      '  leave      despite what blocks since 2026-02-01T09:00:00.000Z: latency (page)\n',
    );
  });

  it('proposes no leave despite a block since an unknown time', async () => {
    const asked = { at: '2026-03-01T10:00:00Z', reason: 'blocked', block: { by: 'errors (page)' } };
    answer(rollout({ asked }));
    const { stdout } = await terminal.run('rollout', 'status', 'iris');
    expect(stdout).not.toContain('--allow-step');
    expect(stdout).toContain('  assay rollout abort iris\n');
  });

  it.each([
    ['RUNNING', { step: 0, share: 0 }, 'in rollout, in shadow', 2],
    ['RUNNING', { share: undefined }, 'in rollout, not on trial', 2],
    ['PROMOTED', {}, 'promoted to production', 0],
    ['ROLLED_BACK', { ended: ended('it fails more') }, 'rolled back: it fails more', 1],
    ['ABORTED', { ended: ended('wrong rows') }, 'rollout aborted: wrong rows', 2],
    ['FAULTED', { ended: ended('no counters') }, 'rollout broke off: no counters', 2],
  ])('ends %s %o as "%s" and %i', async (status, more, text, exit) => {
    answer(rollout({ status, ...more }));
    const run = await terminal.run('rollout', 'status', 'iris');
    expect(run.stdout.split('\n')[0]).toBe(`iris@1.1.0  ${status}  ${text}`);
    expect(run.exit).toBe(exit);
  });

  it('follows it to its end, a line for each change where nobody watches', async () => {
    answer(
      rollout({ step: 1, share: 0.05, look: undefined }),
      rollout({ step: 1, share: 0.05, look: lookAt(1, 'INSUFFICIENT', 'wait for more units') }),
      rollout({ step: 1, share: 0.05, look: lookAt(1, 'INSUFFICIENT', 'wait for more units') }),
      rollout({ look: lookAt(2, 'PASS', 'fine') }),
      rollout({ paused: true, look: lookAt(2, 'PASS', 'fine') }),
      rollout({
        status: 'ROLLED_BACK',
        share: undefined,
        look: lookAt(3, 'FAIL', 'it fails more'),
        ended: ended('it fails more'),
      }),
    );
    const run = await terminal.run('rollout', 'status', 'iris', '--follow', '--json');
    expect(run.exit).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'ROLLED_BACK' });
    expect(run.stderr.trimEnd().split('\n')).toEqual([
      'iris@1.1.0: RUNNING, in rollout, 5 %',
      'look 1: INSUFFICIENT; wait for more units',
      'look 2: PASS',
      'iris@1.1.0: RUNNING, in rollout, 25 %',
      'iris@1.1.0: RUNNING, in rollout, 25 %, paused',
      'look 3: FAIL; it fails more',
      'iris@1.1.0: ROLLED_BACK, rolled back: it fails more',
    ]);
  });

  it('redraws on a terminal', async () => {
    terminal.isTTY = true;
    terminal.env.NO_COLOR = '1';
    answer(rollout({ share: 0.05 }), rollout({ status: 'PROMOTED', share: undefined }));
    const { exit, stdout } = await terminal.run('rollout', 'status', 'iris', '--follow');
    expect(exit).toBe(0);
    expect(stdout).toContain(']  5 %');
    expect(stdout).toContain('\u001b[0Jiris@1.1.0  PROMOTED  promoted to production\n');
  });

  it('passes on that there is none', async () => {
    cloud.on(`GET ${PATH}`, () => ({ status: 404, body: { detail: 'there is no rollout' } }));
    const { exit, stderr } = await terminal.run('rollout', 'status', 'iris');
    expect([exit, stderr]).toEqual([3, 'error: there is no rollout\n']);
  });

  it('is about a model, not a version', async () => {
    const { exit, stderr } = await terminal.run('rollout', 'status', 'iris@1.0.0');
    expect(exit).toBe(3);
    expect(stderr).toContain('write "iris"');
  });
});

describe('assay rollout', () => {
  it('lists every rollout with why it ended', async () => {
    const items = [rollout(), rollout({ id: 'ro-0', status: 'ABORTED', ended: ended('rows') })];
    cloud.on('GET /governance/models/iris/rollouts', { items });
    const { exit, stdout } = await terminal.run('rollout', 'list', 'iris');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/ro-1 +1\.1\.0 +1\.0\.0 +RUNNING +25 % /);
    expect(stdout).toMatch(/ro-0 .* ABORTED .* rows\n/);
  });

  it('pauses with a reason', async () => {
    cloud.on(`POST ${PATH}/pause`, rollout({ paused: true }));
    const run = await terminal.run('rollout', 'pause', 'iris', '--reason', 'closing');
    expect(run.exit).toBe(0);
    expect(run.stdout).toContain('in rollout, 25 %, paused');
    expect(cloud.sent('POST', `${PATH}/pause`)[0]?.body).toEqual({ reason: 'closing' });
  });

  it.each([
    [[], {}],
    [['--allow-step'], { allowStep: true }],
    [['--allow-step', '--reason', 'seen'], { allowStep: true, reason: 'seen' }],
    [['--allow-step', '--despite', '2026-03-01'], { allowStep: true, despite: '2026-03-01' }],
  ])('resumes by %j', async (flags, body) => {
    cloud.on(`POST ${PATH}/resume`, rollout());
    expect((await terminal.run('rollout', 'resume', 'iris', ...flags)).exit).toBe(0);
    expect(cloud.sent('POST', `${PATH}/resume`)[0]?.body).toEqual(body);
  });

  it('ends refused where the API refuses', async () => {
    cloud.on(`POST ${PATH}/resume`, () => ({ status: 409, body: { detail: 'not asked' } }));
    const { exit, stderr } = await terminal.run('rollout', 'resume', 'iris');
    expect([exit, stderr]).toEqual([1, 'error: not asked\n']);
  });

  it('aborts, and says what answers instead', async () => {
    const body = { id: 'rb-1', version: '1.1.0', to: '1.0.0' };
    cloud.on(`POST ${PATH}/abort`, () => ({ status: 202, body }));
    const { exit, stdout } = await terminal.run('rollout', 'abort', 'iris');
    expect(exit).toBe(0);
    expect(stdout).toContain('iris@1.1.0 gives way to 1.0.0');
  });

  it('starts a version anew', async () => {
    const path = '/governance/models/iris/versions/1.1.0/rollout';
    cloud.on(`POST ${path}`, () => ({ status: 202, body: { id: 'ro-2', version: '1.1.0' } }));
    const { exit, stdout } = await terminal.run('rollout', 'start', 'iris@1.1');
    expect(exit).toBe(0);
    expect(stdout).toContain('rollout ro-2 of iris@1.1.0 begins');
    expect((await terminal.run('rollout', 'start', 'iris')).exit).toBe(3);
  });

  it('ends with an error of its own where a name is missing', async () => {
    const { exit, stderr } = await terminal.run('rollout', 'pause');
    expect(exit).toBe(3);
    expect(stderr).toContain("missing required argument 'model'");
  });

  it.each(['status', 'list', 'pause', 'resume', 'abort', 'start'])(
    'documents examples and exit codes of %s',
    async (command) => {
      const { exit, stdout } = await terminal.run('rollout', command, '--help');
      expect(exit).toBe(0);
      expect(stdout).toContain(`  $ assay rollout ${command} `);
      expect(stdout).toContain('Exit codes:');
    },
  );
});
