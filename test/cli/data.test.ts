import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { DatasetContract } from '#domain/gates/dataset/contract.ts';
import type { Check } from '#domain/gates/verdict.ts';
import { contractOf, HEADER, type Row, soundRows } from '../domain/gates/dataset/fixture.ts';
import { Terminal } from './support/terminal.ts';

const EXAMPLE = fileURLToPath(
  new URL('../../examples/breast-cancer/1.0.0-baseline/', import.meta.url),
);
const TYPES = fileURLToPath(new URL('../node/rows/fixtures/types-zstd.parquet', import.meta.url));

let terminal: Terminal;
beforeEach(async () => {
  terminal = await Terminal.open();
});

async function written(name: string, body: string): Promise<string> {
  const path = join(terminal.home, name);
  await writeFile(path, body);
  return path;
}

const csv = (rows: readonly Row[]) => [HEADER, ...rows].map((row) => row.join(',')).join('\n');
const today = () => new Date().toISOString().slice(0, 10);
const contract = () => JSON.stringify(contractOf({ collected: today() }));
const verdicts = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    (JSON.parse(stdout).checks as Check[]).map(({ id, verdict }) => [id, verdict]),
  );

describe('assay data check', () => {
  it('passes rows that keep their contract, check by check', async () => {
    const file = await written('train.csv', csv(soundRows(10_000)));
    const test = await written('test.csv', csv(soundRows(10_500).slice(10_000)));
    const by = await written('contract.json', contract());
    const { exit, stdout, stderr } = await terminal.run(
      ...['data', 'check', file, '--contract', by, '--test', test],
    );
    expect(stdout).toMatch(/^✓ pass {2}10000 rows, 3 columns\n/);
    expect(stdout).toMatch(/✓ overlap +0 of 500 test rows are training rows, too\n/);
    expect({ exit, stderr, lines: stdout.match(/^ {2}✓ /gm)?.length }).toEqual({
      exit: 0,
      stderr: '',
      lines: 15,
    });
  });

  it('refuses rows that break it, and says where and what to do', async () => {
    const rows = soundRows(10_000).with(41, ['heavy', 'eu', 'true']);
    const file = await written('train.csv', csv(rows));
    const by = await written('contract.json', contract());
    const { exit, stdout } = await terminal.run('data', 'check', file, '--contract', by);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^✗ fail/);
    const said = stdout.replace(/\s+/g, ' ');
    expect(said).toContain(
      '✗ types columns hold values of another type: load (1, 0.01 %); correct',
    );
    expect(said).toContain('column load, rows 42');
  });

  it('finds the rows that are in the test set, too, and personal data', async () => {
    const rows = soundRows(10_000);
    const file = await written(
      'train.csv',
      csv(rows.map(([load, , failed], n) => [load as string, `${n}@corp.org`, failed as string])),
    );
    const { exit, stdout } = await terminal.run(
      ...['data', 'check', file, '--test', file, '--label', 'failed', '--json'],
    );
    expect(exit).toBe(1);
    expect(verdicts(stdout)).toMatchObject({
      'dataset.overlap': 'fail',
      'dataset.pii': 'fail',
      'dataset.pii.email': 'fail',
      'dataset.types': 'pass',
    });
  });

  it('drafts a contract where none is given, and says so', async () => {
    const { exit, stdout, stderr } = await terminal.run(
      ...['data', 'check', join(EXAMPLE, 'training.csv'), '--json'],
    );
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ contract: 'drafted', verdict: 'fail' });
    expect(verdicts(stdout)).toMatchObject({ 'dataset.rows': 'fail', 'dataset.leakage': 'pass' });
    expect(stderr).toContain('was drafted from');
  });

  it('judges the example by its own contract: few and old rows, and nothing else', async () => {
    const [file, by, test] = ['training.csv', 'contract.json', 'evaluation.csv'].map((name) =>
      join(EXAMPLE, name),
    ) as [string, string, string];
    const { stdout } = await terminal.run(
      'data',
      'check',
      file,
      '--contract',
      by,
      '--test',
      test,
      '--json',
    );
    const failed = Object.entries(verdicts(stdout)).filter(([, verdict]) => verdict !== 'pass');
    expect(failed).toEqual([
      ['dataset.rows', 'fail'],
      ['dataset.freshness', 'fail'],
    ]);
  });

  it('does not decide on a file that breaks off its format', async () => {
    const by = await written('contract.json', contract());
    const later = await written('a.csv', `${csv(soundRows(10))}\n1,"eu`);
    const undecided = await terminal.run('data', 'check', later, '--contract', by);
    expect(undecided.exit).toBe(2);
    expect(undecided.stdout.replace(/\s+/g, ' ')).toContain('at row 11: Quote Not Closed');
    const empty = await terminal.run('data', 'check', await written('b.csv', ''), '--contract', by);
    expect(empty).toMatchObject({ exit: 2, stdout: '' });
    expect(empty.stderr).toContain('is empty; export the rows again');
  });

  it('says which path is not there, and what is wrong with a contract', async () => {
    const file = await written('a.csv', csv(soundRows(5)));
    const none = await terminal.run('data', 'check', join(terminal.home, 'none.csv'));
    expect(none).toMatchObject({ exit: 3, stderr: expect.stringContaining('nothing there') });
    const by = await written('contract.json', '{"schema":"assay.dataset/v1","columns":[]}');
    const broken = await terminal.run('data', 'check', file, '--contract', by);
    expect(broken.exit).toBe(3);
    expect(broken.stderr).toContain('label: got nothing');
  });
});

describe('assay data contract', () => {
  it('drafts from CSV what the rows keep, and says what only their owner knows', async () => {
    const file = await written('rows.csv', csv(soundRows(300)));
    const { exit, stdout, stderr } = await terminal.run(
      'data',
      'contract',
      file,
      '--label',
      'failed',
    );
    expect(exit).toBe(0);
    expect(DatasetContract.parse(JSON.parse(stdout))).toEqual(
      contractOf({
        columns: [
          { name: 'load', type: 'number', nullable: false },
          {
            name: 'region',
            type: 'category',
            nullable: false,
            domain: { values: ['ap', 'eu', 'us'] },
          },
          { name: 'failed', type: 'boolean', nullable: false },
        ],
        collected: today(),
      }),
    );
    expect(stderr).toContain('fill in: collected');
  });

  it('drafts nothing that breaks its own rules: rows without a label', async () => {
    const { exit, stderr } = await terminal.run('data', 'contract', TYPES, '--label', 'whole');
    expect(exit).toBe(3);
    expect(stderr).toContain('a column that is not nullable');
  });

  it('asks for the label where no column is named like one', async () => {
    const file = await written('rows.csv', csv(soundRows(30)));
    const { exit, stderr } = await terminal.run('data', 'contract', file);
    expect(exit).toBe(3);
    expect(stderr).toContain(
      'expected one of load, region, failed; name the column with the truth',
    );
  });
});
