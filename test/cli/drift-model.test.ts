import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DriftOfModel, driftOfModel } from '../../cli/commands/drift-model.ts';
import { contextOf } from '../../cli/context.ts';
import { storyOf } from '../domain/monitoring/reports.ts';
import { FakeCloud } from './support/fake-cloud.ts';
import { headline, monitored, quiet, unchecked } from './support/monitoring.ts';
import { Terminal } from './support/terminal.ts';

const MODEL = '/governance/models/iris';
const story = storyOf({ features: 4, drifted: 2 });
let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
  cloud.on(`GET ${MODEL}/monitoring`, monitored());
  cloud.on(`GET ${MODEL}/drift-reports`, {
    items: [headline({ id: 'health', kinds: ['health'] }), headline()],
  });
  cloud.on(`GET ${MODEL}/drift-reports/${headline().id}`, ({ path }) => ({
    body: path.endsWith('?format=html') ? Buffer.from('<!doctype html>a page') : story,
  }));
});
afterEach(() => cloud.stop());

async function drift(options: DriftOfModel = {}, json = false) {
  const [out, err]: string[][] = [[], []];
  const { home, env } = terminal;
  const io = {
    ...{ home, env, now: Date.now, sleep: async () => {} },
    stdin: (async function* (): AsyncGenerator<string> {})(),
    stdout: { write: (text: string) => out?.push(text) },
    stderr: { write: (text: string) => err?.push(text) },
  };
  const exit = await driftOfModel(contextOf(io, json), 'iris', options);
  return { exit, stdout: out?.join('') ?? '', stderr: err?.join('') ?? '' };
}

it.each([
  ['a raised alarm', monitored(), 1],
  ['quiet', quiet(), 0],
  ['no check yet', unchecked(), 2],
  ['too few rows', monitored({ alarms: [] }), 2],
])('ends by %s', async (_, body, exit) => {
  cloud.on(`GET ${MODEL}/monitoring`, body);
  expect((await drift()).exit).toBe(exit);
});

it('shows the latest report on drift, not one on health that came later', async () => {
  const { exit, stdout } = await drift({ report: true });
  expect(exit).toBe(1);
  expect(stdout).toContain('Last 6 h');
  expect(stdout).toContain('input-drift: block-promotion');
});

it('shows the pairs whose dependence changed, and those that a feature moved', async () => {
  cloud.on(`GET ${MODEL}/drift-reports/${headline().id}`, () => ({
    body: storyOf({ features: 4, drifted: 0, correlation: -0.8 }),
  }));
  const { stdout } = await drift({ report: true });
  expect(stdout).toContain('dependence DRIFT (critical) of 6 pairs of features');
  expect(stdout).toMatch(/X\/age ~ X\/income +DRIFT \(critical\) .* 0\.79\d* before/);
  expect(stdout).toMatch(/~ X\/visits +moved by a feature/);
  expect(stdout).toContain('and 1 more, each nearer to the reference');
});

it('passes the report on whole where JSON is wanted', async () => {
  const { stdout } = await drift({ report: true }, true);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(story)));
});

it('writes the report as a page, as it was kept', async () => {
  const path = join(terminal.home, 'drift.html');
  await drift({ html: path });
  expect(await readFile(path, 'utf8')).toBe('<!doctype html>a page');
});

it('says which file it cannot write', async () => {
  await expect(drift({ html: terminal.home })).rejects.toThrow('--html: got');
});

it('is undecided where a report is wanted and there is none', async () => {
  cloud.on(`GET ${MODEL}/monitoring`, quiet());
  cloud.on(`GET ${MODEL}/drift-reports`, { items: [] });
  const { exit, stderr } = await drift({ report: true });
  expect(exit).toBe(2);
  expect(stderr).toContain('assay monitor check iris --wait');
});
