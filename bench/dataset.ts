import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse';
import { DatasetContract } from '#domain/gates/dataset/contract.ts';
import { profileDataset } from '#domain/gates/dataset/profile.ts';
import { surveyDataset } from '#domain/gates/dataset/survey.ts';
import { localFile } from '#node/rows/data-file.ts';
import { openRows } from '#node/rows/open-rows.ts';

/**
 * Validates a million rows of 22 columns, generated from a seed, each step in a process of its own:
 * beside reading alone and, where PYTHON names an interpreter with it, beside pandas.
 * `npx tsx bench/dataset.ts`, under two minutes.
 */
const ROWS = 1_000_000;
const SEED = 7;
const LIMIT_MIB = 1000;

const NUMBERS = Array.from({ length: 12 }, (_, n) => `measure_${n}`);
const COUNTS = ['visits', 'errors', 'restarts'];
const REGIONS = ['eu', 'us', 'ap', 'latam', 'africa'];
const CATEGORIES = ['region', 'tier', 'channel'];
const CONTRACT = DatasetContract.parse({
  schema: 'assay.dataset/v1',
  columns: [
    { name: 'id', type: 'integer', nullable: false },
    ...NUMBERS.map((name) => ({ name, type: 'number', nullable: true, domain: { min: 0 } })),
    ...COUNTS.map((name) => ({ name, type: 'integer', nullable: false })),
    ...CATEGORIES.map((name) => ({
      name,
      type: 'category',
      nullable: false,
      domain: { values: REGIONS },
    })),
    { name: 'active', type: 'boolean', nullable: false },
    { name: 'seen', type: 'timestamp', nullable: false },
    { name: 'label', type: 'category', nullable: false },
  ],
  label: { column: 'label', task: 'binary-classification' },
  timestamp: 'seen',
  identifiers: ['id'],
});

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function* csvText(): Generator<string> {
  yield `${CONTRACT.columns.map(({ name }) => name).join(',')}\n`;
  const random = randomFrom(SEED);
  const start = Date.UTC(2026, 0, 1);
  for (let row = 0; row < ROWS; ) {
    let text = '';
    for (let n = 0; n < 5000 && row < ROWS; n++, row++) {
      const cells: (string | number)[] = [row];
      for (const _ of NUMBERS) cells.push(random() < 0.02 ? '' : (random() * 1000).toFixed(4));
      for (const _ of COUNTS) cells.push(Math.floor(random() * 10_000));
      for (const _ of CATEGORIES) cells.push(REGIONS[Math.floor(random() * 5)] as string);
      cells.push(random() < 0.5 ? 'true' : 'false');
      cells.push(new Date(start + Math.floor(random() * 3e10)).toISOString());
      cells.push(random() < 0.3 ? 'yes' : 'no');
      text += `${cells.join(',')}\n`;
    }
    yield text;
  }
}

const STEPS: Readonly<Record<string, (path: string) => Promise<number>>> = {
  'csv-parse alone': async (path) => {
    let rows = -1;
    const parser = createReadStream(path, { highWaterMark: 256 * 1024 }).pipe(parse());
    for await (const _ of parser) rows++;
    return rows;
  },
  'rows read': async (path) => {
    let rows = 0;
    for await (const batch of (await openRows(await localFile(path))).batches) rows += batch.length;
    return rows;
  },
  'validated by the contract': async (path) => {
    const measured = await profileDataset(await openRows(await localFile(path)), CONTRACT, SEED);
    return measured.ok ? measured.value.profile.rows : 0;
  },
  'validated and searched for personal data': async (path) => {
    const source = await openRows(await localFile(path));
    const { profiled } = await surveyDataset(source, CONTRACT, { seed: SEED });
    return profiled.ok ? profiled.value.profile.rows : 0;
  },
};

/** What a first look costs in pandas: types, missing cells, distinct values, duplicates, classes. */
const PANDAS = `
import resource, sys, time
import pandas as pd
start = time.perf_counter()
frame = pd.read_csv(sys.argv[1])
pd.to_datetime(frame['seen'])
frame.isna().mean(); frame.nunique(); frame.duplicated().sum(); frame['label'].value_counts()
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
print(f'{len(frame)} {seconds} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}')
`;

const [step, file] = process.argv.slice(2);
if (step !== undefined && file !== undefined) {
  const start = performance.now();
  const rows = await STEPS[step]?.(file);
  const seconds = (performance.now() - start) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(`${rows} ${seconds} ${(userCPUTime + systemCPUTime) / 1e6} ${maxRSS / 1024}`);
} else {
  const folder = await mkdtemp(join(tmpdir(), 'bench-dataset-'));
  try {
    const path = join(folder, 'rows.csv');
    await pipeline(csvText(), createWriteStream(path));
    await compare(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare(path: string): Promise<void> {
  const { size } = await stat(path);
  console.log(`${ROWS} rows, 22 columns, ${(size / 1e6).toFixed(0)} MB\n`);
  console.log(
    '| step | seconds | seconds of a processor | beside csv-parse | peak resident, MiB |',
  );
  console.log('|---|---:|---:|---:|---:|');
  const self = fileURLToPath(import.meta.url);
  let peer = Number.NaN;
  const tell = (name: string, command: string, args: readonly string[]) => {
    const output = execFileSync(command, args, { encoding: 'utf8' });
    const [rows = 0, seconds = 0, busy = 0, mib = 0] = output.trim().split(' ').map(Number);
    if (rows !== ROWS) throw new Error(`${name} read ${rows} rows, expected ${ROWS}`);
    if (Number.isNaN(peer)) peer = busy;
    const over = mib > LIMIT_MIB ? ` (more than ${LIMIT_MIB})` : '';
    console.log(
      `| ${name} | ${seconds.toFixed(1)} | ${busy.toFixed(1)} | ${(busy / peer).toFixed(2)} | ${mib.toFixed(0)}${over} |`,
    );
  };
  for (const name of Object.keys(STEPS)) {
    tell(name, process.execPath, ['--import', 'tsx', self, name, path]);
  }
  const python = process.env.PYTHON;
  if (python) tell('pandas, a first look', python, ['-c', PANDAS, path]);
}
