import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { gaussian, mulberry32 } from '#domain/gates/random.ts';
import type { Comparison } from '#domain/monitoring/report/comparison.ts';
import { Terminal } from './support/terminal.ts';

let terminal: Terminal;
beforeEach(async () => {
  terminal = await Terminal.open();
});

async function written(name: string, body: string): Promise<string> {
  const path = join(terminal.home, name);
  await writeFile(path, body);
  return path;
}

const HEADER = ['age', 'dose', 'site', 'sick'];
type Cell = string | number;

function patients(seed: number, rows = 2000, shift = 0): Cell[][] {
  const random = mulberry32(seed);
  return Array.from({ length: rows }, () => [
    (gaussian(random) + shift).toFixed(3),
    random() < 0.02 ? '' : (gaussian(random) + shift).toFixed(3),
    ['north', 'south', 'east'][Math.floor(3 * random())] ?? 'east',
    random() < 0.3 ? 1 : 0,
  ]);
}

const csv = (rows: readonly (readonly Cell[])[], header = HEADER) =>
  [header, ...rows].map((row) => row.join(',')).join('\n');
const parsed = (stdout: string) => JSON.parse(stdout) as Comparison;

const reference = () => written('reference.csv', csv(patients(1)));
const drift = (...more: string[]) => terminal.run('drift', ...more);

describe('assay drift with two files', () => {
  it('calls rows of the same distribution stable', async () => {
    const current = await written('current.csv', csv(patients(2)));
    const { exit, stdout, stderr } = await drift(await reference(), current);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toMatch(
      /^✓ stable {2}0 of 4 features drifted \(0 %\)\n2,000 rows beside 2,000 /,
    );
    expect(stdout).toMatch(/^FEATURE +VERDICT +RATIO +PSI +CHANCE/m);
    expect(stdout.match(/ stable /g)).toHaveLength(5);
  });

  it('names what drifted, the gravest first', async () => {
    const current = await written('current.csv', csv(patients(2, 2000, 0.8)));
    const { exit, stdout } = await drift(await reference(), current);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^✗ drift at level critical {2}2 of 4 features drifted \(50 %\)/);
    const names = [...stdout.matchAll(/^(age|dose|site|sick) /gm)].map(([, name]) => name);
    expect(new Set(names.slice(0, 2))).toEqual(new Set(['age', 'dose']));
  });

  it('sees two columns that go together in another way, while each stays as it was', async () => {
    const beside = (seed: number, sign: number) => {
      const random = mulberry32(seed);
      const rows = patients(seed);
      return rows.map((row) => row.with(1, sign * Number(row[0]) + gaussian(random) / 2));
    };
    const from = await written('reference.csv', csv(beside(1, 1)));
    const alike = await drift(from, await written('alike.csv', csv(beside(2, 1))));
    expect(alike.exit).toBe(0);
    expect(alike.stdout).toContain('dependence of columns: 3 of 3 pairs judged, none changed');
    const turned = await written('turned.csv', csv(beside(2, -1)));
    const { exit, stdout } = await drift(from, turned);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^✗ drift at level critical {2}0 of 4 features drifted/);
    expect(stdout).toContain('dependence changed in 1 of 3 pairs of columns');
    expect(stdout).toMatch(/^age ~ dose +critical .* 0\.89\d?$/m);
    const json = await drift(from, turned, '--label', 'sick', '--json');
    expect(parsed(json.stdout).dependence).toMatchObject({ outcome: 'DRIFT', judged: 1 });
  });

  it('concludes nothing from too few rows', async () => {
    const current = await written('current.csv', csv(patients(2, 200, 3)));
    const { exit, stdout } = await drift(await reference(), current);
    expect(exit).toBe(2);
    expect(stdout).toMatch(/^\? too few rows/);
  });

  it('judges by the monitoring section of a policy file', async () => {
    const current = await written('current.csv', csv(patients(2, 2000, 0.8)));
    const ladder = { warn: 5, retrain: 5, page: 5, critical: 5 };
    const lax = await written('lax.json', JSON.stringify({ monitoring: { psi: ladder } }));
    expect((await drift(await reference(), current, '--policy', lax)).exit).toBe(0);
    const wrong = await written('wrong.json', JSON.stringify({ monitoring: { psi: 1 } }));
    const { exit, stderr } = await drift(await reference(), current, '--policy', wrong);
    expect(exit).toBe(3);
    expect(stderr).toMatch(/wrong.json has no monitoring policy\n +psi: got 1, expected/);
  });

  it('compares the label by itself, and says where there is none yet', async () => {
    const current = csv(patients(2).map((row) => row.with(3, 1)));
    const path = await written('current.csv', current);
    const { exit, stdout } = await drift(await reference(), path, '--label', 'sick', '--json');
    expect(exit).toBe(1);
    const { inputs, label, features } = parsed(stdout);
    expect(inputs.outcome).toBe('STABLE');
    expect(label).toMatchObject({ name: 'sick', outcome: 'DRIFT' });
    expect(features.map(({ name }) => name).sort()).toEqual(['age', 'dose', 'site']);

    const bare = csv(
      patients(2).map((row) => row.slice(0, 3)),
      HEADER.slice(0, 3),
    );
    const without = await written('bare.csv', bare);
    const second = await drift(await reference(), without, '--label', 'sick');
    expect(second.exit).toBe(0);
    expect(second.stdout).toMatch(/sick is not in .*bare.csv: labels are not compared/);
  });

  it('writes the comparison as a page', async () => {
    const current = await written('current.csv', csv(patients(2, 2000, 0.8)));
    const page = join(terminal.home, 'drift.html');
    await drift(await reference(), current, '--html', page);
    const html = await readFile(page, 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain('Drift, at level critical');
    // Four columns, and the three pairs of those that are numbers.
    expect(html.match(/<svg /g)).toHaveLength(4 + 3);
  });

  it('refuses files of different columns, and compares those that are named', async () => {
    const renamed = ['years', ...HEADER.slice(1)];
    const current = await written('current.csv', csv(patients(2), renamed));
    const { exit, stderr } = await drift(await reference(), current);
    expect(exit).toBe(3);
    expect(stderr).toMatch(
      /reference.csv: got no column years, expected the columns of both files/,
    );
    expect(stderr).toMatch(/current.csv: got no column age, .*; name the columns .*--columns/);
    const some = await drift(await reference(), current, '--columns', 'dose,site');
    expect(some.exit).toBe(0);
    const typo = await drift(await reference(), current, '--columns', 'dosis');
    expect(typo.stderr).toMatch(
      /got no column dosis, expected one of age, dose, site, sick; correct/,
    );
  });

  it('refuses files without rows, empty ones and ones that are not there', async () => {
    const before = await reference();
    const header = await written('header.csv', HEADER.join(','));
    const said = async (path: string) => {
      const { exit, stderr } = await drift(before, path);
      expect(exit).toBe(3);
      return stderr;
    };
    expect(await said(header)).toMatch(/header.csv: got no rows, expected rows below the header/);
    expect(await said(await written('empty.csv', ''))).toMatch(/empty.csv is empty; export/);
    expect(await said(join(terminal.home, 'gone.csv'))).toMatch(/gone.csv: got nothing there/);
    const twice = await written('twice.csv', csv(patients(2), ['age', 'age', 'site', 'sick']));
    expect(await said(twice)).toMatch(
      /twice.csv: got age more than once, expected each column once/,
    );
  });

  it('counts new categories, however numbers among them are written', async () => {
    const before = patients(1).map((row, i) => row.with(2, i % 2 ? '1.0' : 'none of these'));
    const now = patients(2).map((row, i) => row.with(2, i % 2 ? '1' : 'none of these'));
    const fresh = patients(2).map((row, i) => row.with(2, i % 2 ? '2' : 'none of these'));
    const from = await written('reference.csv', csv(before));
    expect((await drift(from, await written('now.csv', csv(now)))).exit).toBe(0);
    const { stdout } = await drift(from, await written('fresh.csv', csv(fresh)), '--json');
    expect(parsed(stdout).features[0]).toMatchObject({ name: 'site', outcome: 'DRIFT' });
  });

  it('takes a text among numbers for missing, and says so', async () => {
    const now = patients(2).map((row, i) => (i % 10 ? row : row.with(0, 'unknown')));
    const { exit, stdout } = await drift(await reference(), await written('now.csv', csv(now)));
    expect(stdout).toMatch(/age: 200 cells of .*now.csv are no numbers and count as missing/);
    expect(stdout).toMatch(/^age +page .* 10 %$/m);
    expect(stdout).toContain('1 of 4 features drifted (25 %), too few for drift of the inputs');
    expect(exit).toBe(0);
  });

  it('leaves identifiers out, and says so', async () => {
    const named = (seed: number) =>
      patients(seed, 12_000).map((row, i) => row.with(2, `patient ${seed} ${i}`));
    const from = await written('reference.csv', csv(named(1)));
    const { exit, stdout } = await drift(from, await written('now.csv', csv(named(2))));
    expect(exit).toBe(0);
    expect(stdout).toContain('0 of 3 features');
    expect(stdout).toContain('site is not compared: too many different texts to be categories');
  });

  it('takes a single name for a model, and refuses options that are not for it', async () => {
    const model = await drift('breast-cancer');
    expect(model.exit).toBe(3);
    expect(model.stderr).toContain('nobody has logged in');
    const one = await drift(await reference(), '--label', 'sick');
    expect(one.exit).toBe(3);
    expect(one.stderr).toMatch(
      /--label: got it, expected it only of two files; .*reference.csv is/,
    );
    const both = await drift(await reference(), await reference(), '--report');
    expect(both.stderr).toMatch(/--report: got it, expected it only of a model/);
  });

  it('is not blinded by infinite and huge numbers', async () => {
    const now = patients(2, 2000, 0.8).with(0, ['inf', '1e308', 'east', 1]);
    const before = await written(
      'reference.csv',
      csv(patients(1).with(0, ['-inf', 1e308, 'east', 0])),
    );
    const { exit } = await drift(before, await written('now.csv', csv(now)));
    expect(exit).toBe(1);
  });
});
