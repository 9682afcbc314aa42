import { afterEach, beforeEach, expect, it } from 'vitest';
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
