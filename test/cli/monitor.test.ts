import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storyOf } from '../domain/monitoring/reports.ts';
import { FakeCloud } from './support/fake-cloud.ts';
import { checkedNow, headline, monitored, quiet, unchecked } from './support/monitoring.ts';
import { Terminal } from './support/terminal.ts';

const MODEL = '/governance/models/iris';
const HOUR_MS = 3_600_000;
const DASHBOARD = { region: 'eu-west-1', name: 'Assay' };
let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
  cloud.on(`GET ${MODEL}/monitoring`, monitored());
});
afterEach(() => cloud.stop());

describe('assay monitor status MODEL', () => {
  it('tells the alarms, since when, and what they hold back', async () => {
    const { exit, stdout } = await terminal.run('monitor', 'status', 'iris');
    const lines = stdout.split('\n');
    expect(exit).toBe(1);
    expect(lines[0]).toBe('iris@1.1.0  input-drift (page)');
    expect(stdout).toMatch(/ {2}checked {4}drift \d+ d ago, health \d+ d ago\n/);
    expect(stdout).toContain(
      '  promotions are blocked since 2026-03-01 10:00:00 UTC by input-drift (page)\n',
    );
    expect(stdout).toMatch(/retraining proposed \d+ d ago/);
    expect(stdout).toMatch(/input-drift +page +\d+ d ago +250 % /);
    expect(stdout).toMatch(/errors +quiet +4 % /);
    expect(lines).toContain('  assay drift iris --report');
  });

  it.each([
    ['quiet', quiet(), 'quiet', 0],
    ['not checked', unchecked(), 'not checked yet', 2],
    ['of few rows', monitored({ alarms: [] }), 'too little seen to be judged', 2],
  ])('says that a model is %s', async (_, body, text, exit) => {
    cloud.on(`GET ${MODEL}/monitoring`, body);
    const run = await terminal.run('monitor', 'status', 'iris');
    expect(run.stdout.split('\n')[0]).toBe(`iris@1.1.0  ${text}`);
    expect(run.exit).toBe(exit);
  });

  it('does not call a model quiet whose alarm ended for want of labels', async () => {
    const lapsed = { level: 'page', at: new Date(Date.now() - 48 * HOUR_MS).toISOString() };
    const alarm = { watched: 'accuracy', raised: null, lapsed, checkedAt: lapsed.at, ratio: 0 };
    cloud.on(`GET ${MODEL}/monitoring`, quiet({ alarms: [alarm] }));
    const { exit, stdout } = await terminal.run('monitor', 'status', 'iris');
    expect(stdout.split('\n')[0]).toBe('iris@1.1.0  not known: accuracy (was at page)');
    expect(stdout).toMatch(/accuracy +not known +48 h ago/);
    expect(exit).toBe(2);
  });

  it.each(['drift', 'performance', 'health', 'dataset'])(
    'calls a model quiet unless the API says that %s is overdue, however long ago that was',
    async (kind) => {
      const at = new Date(Date.now() - 30 * 24 * HOUR_MS).toISOString();
      const body = (overdue: readonly string[]) =>
        quiet({ checkedAt: { ...checkedNow(), [kind]: at }, overdue });
      const status = async (overdue: readonly string[]) => {
        cloud.on(`GET ${MODEL}/monitoring`, body(overdue));
        const { exit, stdout } = await terminal.run('monitor', 'status', 'iris');
        return [stdout.split('\n')[0], exit];
      };
      expect(await status([])).toEqual(['iris@1.1.0  quiet', 0]);
      const missing = `iris@1.1.0  unknown: last checked for ${kind} 30 d ago`;
      expect(await status([kind])).toEqual([missing, 2]);
    },
  );

  it('does not call a model quiet whose data nobody has checked since it came', async () => {
    cloud.on(`GET ${MODEL}/monitoring`, quiet({ overdue: ['dataset'] }));
    const { exit, stdout } = await terminal.run('monitor', 'status', 'iris');
    expect(stdout.split('\n')[0]).toBe('iris@1.1.0  unknown: never checked for dataset');
    expect(exit).toBe(2);
  });

  it.each(['drift', 'performance', 'health'])(
    'does not call a model quiet that was never checked for %s',
    async (kind) => {
      const { [kind]: _, ...checkedAt } = checkedNow();
      cloud.on(`GET ${MODEL}/monitoring`, quiet({ checkedAt }));
      const run = await terminal.run('monitor', 'status', 'iris');
      expect(run.exit).toBe(2);
      expect(run.stdout.split('\n')[0]).toBe(`iris@1.1.0  unknown: never checked for ${kind}`);
    },
  );

  it.each([
    ['late', { drift: 20 }, 'unknown: drift faulted since 19 h ago', 2],
    ['late beside another', { drift: 20, health: 5 }, 'unknown: drift faulted since 19 h ago', 2],
    ['never made', { drift: undefined }, 'unknown: drift faulted since 19 h ago', 2],
    ['not late yet', {}, 'quiet', 0],
  ])('says since when a check faults that is %s', async (_, hours, text, exit) => {
    const hoursAgo = (n: number) => new Date(Date.now() - n * HOUR_MS - 60_000).toISOString();
    const checkedAt = Object.fromEntries(
      Object.entries({ ...checkedNow(), ...hours }).map(([kind, at]) => [
        kind,
        typeof at === 'number' ? hoursAgo(at) : at,
      ]),
    );
    const faulted = { drift: { since: hoursAgo(19), at: hoursAgo(2) } };
    const overdue = Object.keys(hours);
    cloud.on(`GET ${MODEL}/monitoring`, quiet({ checkedAt, overdue, faulted }));
    const run = await terminal.run('monitor', 'status', 'iris');
    const lines = run.stdout.split('\n');
    expect(lines[0]).toBe(`iris@1.1.0  ${text}`);
    expect(lines).toContain('  faulted    drift since 19 h ago, last tried 2 h ago');
    expect(run.exit).toBe(exit);
  });

  it('says of a model that nothing of it could be checked yet', async () => {
    const at = new Date(Date.now() - 3.1 * HOUR_MS).toISOString();
    const faulted = { drift: { since: at, at } };
    cloud.on(`GET ${MODEL}/monitoring`, { ...unchecked(), checkedAt: {}, faulted });
    const { exit, stdout } = await terminal.run('monitor', 'status', 'iris');
    expect(stdout.split('\n')[0]).toBe('iris@1.1.0  unknown: drift faulted since 3 h ago');
    expect(exit).toBe(2);
  });

  it('still tells of an alarm that nothing has checked for long', async () => {
    const { exit } = await terminal.run('monitor', 'status', 'iris');
    expect(exit).toBe(1);
  });

  it('says how to have one checked that never was', async () => {
    cloud.on(`GET ${MODEL}/monitoring`, unchecked());
    const { stdout } = await terminal.run('monitor', 'status', 'iris');
    expect(stdout).toContain('  assay monitor check iris --wait\n');
  });

  it('passes on what the API said where JSON is wanted', async () => {
    const { stdout } = await terminal.run('monitor', 'status', 'iris', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ alarms: monitored().alarms });
  });
});

it('assay monitor status lists every model in production, of all pages', async () => {
  cloud.on('GET /governance/monitoring', ({ path }) => ({
    body: path.includes('cursor')
      ? { items: [unchecked('wine')], dashboard: DASHBOARD }
      : { items: [monitored(), quiet({ model: 'pima' })], cursor: 'next', dashboard: DASHBOARD },
  }));
  const { exit, stdout } = await terminal.run('monitor', 'status');
  expect(exit).toBe(1);
  expect(stdout).toMatch(/iris +1\.1\.0 +input-drift \(page\) +blocked +\d+ d ago/);
  expect(stdout).toMatch(/pima +1\.1\.0 +quiet +\d+ d ago/);
  expect(stdout).toMatch(/wine +1\.1\.0 +not checked yet +never/);
});

it.each([
  ['nothing', [], 0],
  ['quiet ones', [quiet(), quiet({ model: 'pima' })], 0],
  ['one that nobody has checked', [unchecked('wine'), quiet()], 2],
  ['one with an alarm', [unchecked('wine'), monitored(), quiet()], 1],
])('assay monitor status of %s ends as the worst of them', async (_, items, exit) => {
  cloud.on('GET /governance/monitoring', { items, dashboard: DASHBOARD });
  expect((await terminal.run('monitor', 'status')).exit).toBe(exit);
});

describe('assay monitor reports', () => {
  it('lists them, the newest first, as many as are asked for', async () => {
    const page = (from: number) =>
      Array.from({ length: 50 }, (_, i) => headline({ id: `report-${from + i}` }));
    cloud.on(`GET ${MODEL}/drift-reports`, ({ path }) => ({
      body: path.includes('cursor') ? { items: page(50) } : { items: page(0), cursor: 'next' },
    }));
    const few = await terminal.run('monitor', 'reports', 'iris');
    expect(few.exit).toBe(0);
    expect(few.stdout).toMatch(
      /report-0 +\d+ d ago +1\.1\.0 +drift, health +DRIFT +page +input\/radius, input\/texture/,
    );
    expect(few.stdout).not.toContain('report-24');
    expect(cloud.sent('GET', `${MODEL}/drift-reports`)).toHaveLength(1);
    const many = await terminal.run('monitor', 'reports', 'iris', '--limit', '60', '--json');
    expect(JSON.parse(many.stdout).reports).toHaveLength(60);
  });

  it('says that there is none', async () => {
    cloud.on(`GET ${MODEL}/drift-reports`, { items: [] });
    const { stdout } = await terminal.run('monitor', 'reports', 'iris');
    expect(stdout).toBe('no report yet\n');
  });

  it.each(['0', 'many', '1.5'])('refuses a limit of %s', async (limit) => {
    const { exit, stderr } = await terminal.run('monitor', 'reports', 'iris', '--limit', limit);
    expect(exit).toBe(3);
    expect(stderr).toContain('--limit');
  });
});

describe('assay monitor check', () => {
  const asked = { model: 'iris', version: '1.1.0', kinds: ['drift'], at: '2026-03-01T10:00:00Z' };
  const story = storyOf({ features: 30, drifted: 2 });
  beforeEach(() => {
    cloud.on(`POST ${MODEL}/checks`, () => ({ status: 202, body: asked }));
  });

  it('asks, and says where to look', async () => {
    const { exit, stdout } = await terminal.run('monitor', 'check', 'iris');
    expect([exit, stdout]).toEqual([
      0,
      'iris@1.1.0 is checked for drift; see "assay monitor reports iris"\n',
    ]);
    expect(cloud.sent('POST', `${MODEL}/checks`)[0]?.body).toEqual({});
  });

  it('asks for some kinds', async () => {
    await terminal.run('monitor', 'check', 'iris', '--kinds', 'drift, health');
    expect(cloud.sent('POST', `${MODEL}/checks`)[0]?.body).toEqual({ kinds: ['drift', 'health'] });
    const { exit, stderr } = await terminal.run('monitor', 'check', 'iris', '--kinds', 'weather');
    expect(exit).toBe(3);
    expect(stderr).toContain('some of drift, performance, health, dataset');
  });

  it.each([
    ['DRIFT', 1],
    ['STABLE', 0],
    ['INSUFFICIENT_DATA', 2],
  ])('waits for the report on what was asked, and ends %s with %s', async (outcome, exit) => {
    const others = [
      headline({ id: 'before', at: '2026-03-01T09:59:59.000Z' }),
      headline({ id: 'health', at: '2026-03-01T10:00:01.000Z', kinds: ['health'] }),
    ];
    const pages = [[], others, [headline({ outcome }), ...others]];
    cloud.on(`GET ${MODEL}/drift-reports`, () => ({ body: { items: pages.shift() } }));
    cloud.on(`GET ${MODEL}/drift-reports/${headline().id}`, () => ({ body: story }));
    const run = await terminal.run('monitor', 'check', 'iris', '--wait');
    expect(run.exit).toBe(exit);
    expect(terminal.slept).toEqual([2000, 2000]);
    expect(run.stdout).toContain('Last 6 h');
  });

  it('gives up after five minutes, and says where to look', async () => {
    cloud.on(`GET ${MODEL}/drift-reports`, { items: [] });
    const { exit, stderr } = await terminal.run('monitor', 'check', 'iris', '--wait');
    expect(exit).toBe(2);
    expect(stderr).toContain('got no report within 300 s, expected one');
  });

  it('shows what drifted, and no more features than can be read', async () => {
    cloud.on(`GET ${MODEL}/drift-reports`, { items: [headline()] });
    cloud.on(`GET ${MODEL}/drift-reports/${headline().id}`, () => ({ body: story }));
    const { stdout } = await terminal.run('monitor', 'check', 'iris', '--wait');
    const [name = ''] = story.windows[0]?.inputs.drifted ?? [];
    expect(stdout).toMatch(new RegExp(`${name} +DRIFT`));
    expect(stdout).toContain('and 10 more, each nearer to the reference');
    expect(stdout).toMatch(/accuracy +0\.914 measured of 412 rows, reference 0\.951/);
    expect(stdout).toContain('service    1200 requests in 1 h, 0.42 % failed, 34 % from the cache');
    expect(stdout).toContain('Labels of 38 % of the rows have not come yet.');
  });
});

it('refuses a version where a model is meant', async () => {
  for (const command of ['status', 'reports', 'check']) {
    expect((await terminal.run('monitor', command, 'iris@1.1.0')).exit).toBe(3);
  }
});

it.each(['status', 'reports', 'check'])('documents examples and exit codes of %s', async (name) => {
  const { exit, stdout } = await terminal.run('monitor', name, '--help');
  expect(exit).toBe(0);
  expect(stdout).toContain(`  $ assay monitor ${name}`);
  expect(stdout).toContain('Exit codes:');
});
