import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { modelFile } from './small-world.ts';
import { heading, row, Times } from './times.ts';

/**
 * Prints the resident memory of a process that opens eight models of 61 MB in turn, twice: where two
 * fit, with the settings of malloc that the function has and without, and where all do.
 * `bash bench/serving/setup.sh`, then `npx tsx bench/serving/memory.ts`.
 */

const ROUNDS = 3;
const MIB = 1024 * 1024;
/** As `lib/inference.ts` sets them. */
const TRIMMED = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };
const SETTINGS: Readonly<Record<string, Setting>> = {
  'two fit': { fit: 2, malloc: TRIMMED },
  'two fit, malloc by default': { fit: 2, malloc: {} },
  'all fit': { fit: 8, malloc: TRIMMED },
};
interface Setting {
  readonly fit: number;
  readonly malloc: Readonly<Record<string, string>>;
}

const CHILD = fileURLToPath(new URL('memory-child.ts', import.meta.url));

if (!existsSync(modelFile('large-0'))) throw new Error('first: bash bench/serving/setup.sh');
const columns = ['nothing opened', '1 opened', '2 opened', 'at most after', '16 opened'];
const cells = new Map(
  Object.keys(SETTINGS).map((name) => [name, columns.map(() => new Times())] as const),
);
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const [none = 0, one = 0, two = 0, ...rest] = await residentBytes(setting);
    for (const [i, bytes] of [none, one, two, Math.max(...rest), rest.at(-1) ?? 0].entries()) {
      cells.get(name)?.[i]?.add(bytes);
    }
  }
}
console.log(heading('resident, MiB', ...columns));
for (const [name, times] of cells) {
  console.log(row(name, ...times.map(({ median }) => (median / MIB).toFixed(0))));
}

async function residentBytes({ fit, malloc }: Setting): Promise<number[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', CHILD, `${fit}`],
    { env: { PATH: process.env.PATH, ...malloc } },
  );
  const { resident, opened }: { resident: number[]; opened: number } = JSON.parse(stdout);
  if (opened !== (fit === 2 ? 16 : 8)) throw new Error(`${opened} models were opened`);
  return resident;
}
