import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawing, panel } from '../domain/monitoring/dashboards.ts';
import { storyOf } from '../domain/monitoring/reports.ts';
import { FakeCloud } from './support/fake-cloud.ts';
import { headline, monitored, unchecked } from './support/monitoring.ts';
import { rollout } from './support/rollouts.ts';
import { Terminal } from './support/terminal.ts';

const MODEL = '/governance/models/iris';
const dashboard = { region: 'eu-west-1', name: 'Assay' };
const story = storyOf({ features: 4, drifted: 1 });
const { service: _, ...noService } = story;
const later = { ...noService, id: 'performance', at: '2026-12-01T00:00:00.000Z', windows: [] };
let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
  cloud.on('GET /governance/monitoring', { items: [monitored()], dashboard });
  cloud.on(`GET ${MODEL}/drift-reports`, {
    items: [headline({ id: 'performance', kinds: ['performance'] }), headline()],
  });
  cloud.on(`GET ${MODEL}/drift-reports/${headline().id}`, () => ({ body: story }));
  cloud.on(`GET ${MODEL}/drift-reports/performance`, () => ({
    body: { ...later, accuracy: { measured: story.accuracy?.measured } },
  }));
  cloud.on(`GET ${MODEL}/rollout`, rollout({ version: '1.2.0' }));
});
afterEach(() => cloud.stop());

it('prints the address first, then what each widget would draw', async () => {
  const { exit, stdout } = await terminal.run('dashboard');
  expect(exit).toBe(0);
  expect(stdout.split('\n')[0]).toBe(
    'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/Assay',
  );
  const widget = (title: string) => stdout.split(`\n${title}\n`)[1]?.split('\n')[1] ?? '';
  expect(widget('prediction_accuracy_trend')).toMatch(/^iris +0\.914 +0\.951$/);
  expect(widget('prediction_latency_distribution')).toMatch(/^iris +3\.1 +8\.4 +22$/);
  expect(widget('data_drift_scores')).toMatch(/^iris +\d+ % .*25 %$/);
  expect(widget('model_version_adoption')).toMatch(/^iris +1\.1\.0 +1\.2\.0 +25 %$/);
  expect(widget('error_rates_by_model')).toMatch(/^iris +0\.42 % +1200 +1$/);
  expect(widget('resource_utilization')).toMatch(/^iris +34 %$/);
});

it('asks for the models of every page once, and for the address with them', async () => {
  cloud.on('GET /governance/monitoring', ({ path }) => ({
    body: path.includes('cursor')
      ? { items: [monitored()], dashboard }
      : { items: [], cursor: 'next', dashboard },
  }));
  const { stdout } = await terminal.run('dashboard');
  expect(stdout).toMatch(/^https:.*dashboard\/Assay\n/);
  expect(stdout).toContain('\niris');
  const pages = cloud.requests.filter(({ path }) => path.startsWith('/governance/monitoring'));
  expect(pages).toHaveLength(2);
});

it('leaves open what nobody has measured', async () => {
  cloud.on('GET /governance/monitoring', { items: [unchecked()], dashboard });
  cloud.on(`GET ${MODEL}/drift-reports`, { items: [] });
  cloud.on(`GET ${MODEL}/rollout`, () => ({ status: 404, body: { detail: 'none' } }));
  const { exit, stdout } = await terminal.run('dashboard');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/model_version_adoption\n.*\niris +1\.1\.0\n/);
});

it('names no version on trial once its rollout ended', async () => {
  cloud.on(`GET ${MODEL}/rollout`, rollout({ version: '1.2.0', status: 'PROMOTED' }));
  const { stdout } = await terminal.run('dashboard');
  expect(stdout).toMatch(/model_version_adoption\n.*\niris +1\.1\.0\n/);
});

it('asks for no more models than can be read, and says how many there are', async () => {
  const items = Array.from({ length: 23 }, (_, i) => unchecked(`model-${i}`));
  cloud.on('GET /governance/monitoring', { items, dashboard });
  for (const { model } of items) {
    cloud.on(`GET /governance/models/${model}/drift-reports`, { items: [] });
    cloud.on(`GET /governance/models/${model}/rollout`, () => ({ status: 404, body: {} }));
  }
  const { stdout } = await terminal.run('dashboard');
  expect(stdout).toContain('and 3 more models; see "assay monitor status"');
  expect(stdout).not.toContain('model-20');
});

it('gives the address to scripts', async () => {
  const { stdout } = await terminal.run('dashboard', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    url: expect.stringContaining('#dashboards/dashboard/Assay'),
    models: [{ model: 'iris', trial: { version: '1.2.0', share: 0.25 } }],
    left: 0,
  });
});

it('says so where nothing is in production', async () => {
  cloud.on('GET /governance/monitoring', { items: [], dashboard });
  expect((await terminal.run('dashboard')).stdout).toContain('no version is in production');
});

describe('with --html', () => {
  const page = () => join(terminal.home, 'dashboard.html');
  beforeEach(() => {
    const drawn = drawing([panel()]);
    const served = [
      { model: 'iris', production: '1.1.0', trial: { version: '1.2.0', share: 0.25 } },
    ];
    const title = 'model_version_adoption';
    const adoption = { title, panels: [], notes: [], adoption: { served, more: false } };
    cloud.on('GET /governance/dashboard', { ...drawn, widgets: [...drawn.widgets, adoption] });
  });

  it('draws the deployed widgets, and which versions serve by their routes', async () => {
    const { exit, stdout } = await terminal.run('dashboard', '--html', page());
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^2 widgets are drawn in .*dashboard\.html\n.*#dashboards/s);
    expect(stdout).toContain('region=eu-west-1#dashboards/dashboard/Assay');
    const text = (await readFile(page(), 'utf8')).replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(text).toContain('data_drift_scores inputs ratio to what warns');
    expect(text).toContain('iris 1.1.0 75 % 1.2.0 25 %');
  });

  it('asks once', async () => {
    const before = cloud.requests.length;
    await terminal.run('dashboard', '--html', page());
    const asked = cloud.requests.slice(before).filter(({ path }) => path.includes('/governance'));
    expect(asked.map(({ path }) => path)).toEqual(['/governance/dashboard']);
  });

  it('tells scripts where the page is', async () => {
    const { stdout } = await terminal.run('dashboard', '--html', page(), '--json');
    expect(JSON.parse(stdout)).toMatchObject({ page: page(), widgets: 2 });
  });

  it('says which file it cannot write', async () => {
    const { exit, stderr } = await terminal.run('dashboard', '--html', terminal.home);
    expect(exit).not.toBe(0);
    expect(stderr).toContain('--html');
  });

  it('says what to do where there is nothing to draw', async () => {
    const detail = 'the dashboard Assay-eu-west-1: got no dashboard; deploy the stack again';
    cloud.on('GET /governance/dashboard', () => ({ status: 409, body: { detail } }));
    const { exit, stderr } = await terminal.run('dashboard', '--html', page());
    expect(exit).not.toBe(0);
    expect(stderr.replace(/\s+/g, ' ')).toContain('deploy the stack again');
  });
});
