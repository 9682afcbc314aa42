import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeCloud } from './support/fake-cloud.ts';
import { Terminal } from './support/terminal.ts';

const PATH = '/governance/models/iris/experiments';
const BRIEF = {
  id: 'colour',
  status: 'RUNNING',
  control: '1.0.0',
  treatments: ['1.1.0'],
  metric: { id: 'score', kind: 'mean', better: 'higher' },
  creator: 'dora',
  createdAt: '2026-03-01T10:00:00Z',
  startedAt: '2026-03-01T10:00:05Z',
};
const arm = {
  vetoed: false,
  assigned: 0,
  exposures: 0,
  failures: 0,
  units: 0,
  guardrails: [] as object[],
};
const experiment = (more: object = {}) => ({
  ...BRIEF,
  plan: {
    allocation: { kind: 'fixed', split: 0.1 },
    guardrails: ['failures'],
    alpha: 0.05,
    unitsMin: 1000,
    hours: { min: 24, max: 168 },
  },
  lookedAt: '2026-03-01T11:00:00Z',
  missing: ['1000 units of 1.1.0, got 420'],
  trafficSound: true,
  arms: [
    {
      ...arm,
      ...{ name: '1.1.0', version: '1.1.0', weight: 0.1, exposures: 440, failures: 11, units: 420 },
      ...{ mean: 0.61, difference: { low: -0.02, high: 0.2 } },
      guardrails: [{ id: 'failures', harmed: false }],
    },
    { ...arm, name: 'control', version: '1.0.0', weight: 0.9, units: 4000, mean: 0.52 },
  ],
  ...more,
});

let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
  cloud.on(`GET ${PATH}`, { items: [BRIEF, { ...BRIEF, id: 'older', status: 'ABORTED' }] });
  cloud.on(`GET ${PATH}/colour`, experiment());
  cloud.on(`POST ${PATH}`, () => ({ status: 202, body: experiment({ status: 'PLANNED' }) }));
  cloud.on(`POST ${PATH}/colour/stop`, () => ({ status: 202, body: experiment() }));
});
afterEach(() => cloud.stop());

const sent = () => cloud.sent('POST', PATH)[0]?.body;
const ab = (...words: string[]) => terminal.run('ab', ...words);

describe('assay ab create', () => {
  it('leaves to the policy what nobody says', async () => {
    const { exit, stdout } = await ab('create', 'iris', '--treatment', '1.1.0');
    expect(exit).toBe(0);
    expect(sent()).toEqual({ treatments: ['1.1.0'] });
    expect(stdout).toBe(
      'experiment colour begins: 1.1.0 against 1.0.0; see "assay ab status iris colour"\n',
    );
  });

  it('sends what is said', async () => {
    const file = join(terminal.home, 'segment.json');
    const segment = { op: 'gte', attribute: 'age', value: 18 };
    await writeFile(file, JSON.stringify(segment));
    const { exit } = await ab(
      ...['create', 'iris', '--treatment', '1.1.0', '--treatment', '1.2.0', '--split', '0.05'],
      ...['--metric', 'failures', '--hours', '48:96', '--min-units', '2000', '--effect', '0.01'],
      ...['--guardrail', 'latency', 'score', '--segment', `@${file}`, '--bandit', 'ucb1'],
      ...['--auto-promote', '--id', 'colour'],
    );
    expect(exit).toBe(0);
    expect(sent()).toEqual({
      treatments: ['1.1.0', '1.2.0'],
      id: 'colour',
      split: 0.05,
      metric: { id: 'failures' },
      hours: { min: 48, max: 96 },
      unitsMin: 2000,
      effectMin: 0.01,
      guardrails: ['latency', 'score'],
      bandit: { kind: 'ucb1' },
      segment,
      autoPromote: true,
    });
  });

  it.each<[string, string[], number, string]>([
    ['no treatment', [], 3, '--treatment'],
    ['a share that is no number', ['--split', 'some'], 3, 'expected a number'],
    ['hours without an end', ['--hours', '24'], 3, 'MIN:MAX'],
    ['an unknown metric', ['--metric', 'revenue'], 3, 'score, failures'],
    ['a segment that is no JSON', ['--segment', 'country = DE'], 3, 'expected JSON'],
    ['a segment of no known form', ['--segment', '{"op":"is"}'], 1, 'no segment'],
    ['a file that is not there', ['--segment', '@none.json'], 3, 'none.json'],
  ])('sends nothing for %s', async (what, words, exit, says) => {
    const treatment = what === 'no treatment' ? [] : ['--treatment', '1.1.0'];
    const ran = await ab('create', 'iris', ...treatment, ...words);
    expect(ran.exit).toBe(exit);
    expect(ran.stderr).toContain(says);
    expect(cloud.sent('POST', PATH)).toEqual([]);
  });

  it('shows why the API refuses', async () => {
    const problem = { field: 'allocation.split', got: '0.2', expected: 'at most 0.1', remedy: 'r' };
    cloud.on(`POST ${PATH}`, () => ({
      status: 422,
      body: { detail: 'no experiment may be like that', problems: [problem] },
    }));
    const { exit, stderr } = await ab('create', 'iris', '--treatment', '1.1.0', '--split', '0.2');
    expect(exit).toBe(1);
    expect(stderr).toContain('allocation.split: got 0.2, expected at most 0.1');
  });
});

describe('assay ab status', () => {
  it('shows the arms of the latest one, and what is lacking', async () => {
    const { exit, stdout } = await ab('status', 'iris');
    const lines = stdout.split('\n');
    expect(exit).toBe(2);
    expect(lines[0]).toBe('iris colour  RUNNING  gathering evidence');
    expect(stdout).toMatch(
      /1\.1\.0 +1\.1\.0 +10 % +420 of 1000 +0\.61 +-0\.02 to 0\.2 +2\.5 % +none shown/,
    );
    expect(stdout).toMatch(/control +1\.0\.0 +90 % +4000 of 1000 +0\.52/);
    expect(lines).toContain('  1000 units of 1.1.0, got 420');
    expect(lines).toContain('  assay ab stop iris colour');
  });

  it.each<[object, number, string]>([
    [
      { status: 'CONCLUDED', outcome: 'winner', winner: '1.1.0', promotion: 'person' },
      0,
      'assay rollout start iris@1.1.0',
    ],
    [
      {
        status: 'CONCLUDED',
        outcome: 'winner',
        winner: '1.1.0',
        promotion: 'automatic',
        rollout: 'r',
      },
      0,
      'its rollout begins',
    ],
    [{ status: 'CONCLUDED', outcome: 'no-winner' }, 0, 'no treatment was shown'],
    [{ status: 'CONCLUDED', outcome: 'insufficient' }, 2, 'too little was seen'],
    [{ status: 'ABORTED', reason: 'guardrail' }, 1, 'every treatment did harm'],
    [{ status: 'ABORTED', reason: 'traffic', trafficSound: false }, 1, 'not shared out as planned'],
    [
      { status: 'ABORTED', reason: 'blocked', failure: 'a rollout has a share' },
      1,
      'could not begin: a rollout has a share',
    ],
    [
      {
        status: 'ABORTED',
        reason: 'person',
        stop: { at: '2026-03-02T10:00:00Z', by: 'ben', reason: 'enough' },
      },
      2,
      'stopped: enough',
    ],
    [{ status: 'PLANNED' }, 2, 'about to begin'],
  ])('says how it stands: %j', async (more, exit, says) => {
    cloud.on(`GET ${PATH}/colour`, experiment(more));
    const ran = await ab('status', 'iris', 'colour');
    expect(ran.exit).toBe(exit);
    expect(ran.stdout).toContain(says);
  });

  it('is one JSON document where that is asked for', async () => {
    const { stdout } = await ab('status', 'iris', 'colour', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ id: 'colour', arms: [{ units: 420 }, {}] });
  });

  it('says what to do where there is none', async () => {
    cloud.on(`GET ${PATH}`, { items: [] });
    const { exit, stderr } = await ab('status', 'iris');
    expect(exit).toBe(3);
    expect(stderr).toContain('assay ab create iris --treatment VERSION');
  });
});

it('stops one, and shows its analysis', async () => {
  const { exit, stdout } = await ab('stop', 'iris', 'colour', '--reason', 'enough');
  expect(exit).toBe(0);
  expect(cloud.sent('POST', `${PATH}/colour/stop`)[0]?.body).toEqual({ reason: 'enough' });
  expect(stdout).toContain('0.61');
});

it('lists them', async () => {
  const { exit, stdout } = await ab('list', 'iris');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/colour +1\.0\.0 +1\.1\.0 +score +RUNNING/);
  expect(stdout).toMatch(/older .* ABORTED/);
  cloud.on(`GET ${PATH}`, { items: [] });
  expect((await ab('list', 'iris')).stdout).toBe('no experiment yet\n');
});
