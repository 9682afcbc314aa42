import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TARGETS } from './targets.ts';
import { type Watched, watched } from './watch.ts';

/**
 * Gives every parser inputs made from the repository's own files, and prints what became of them.
 * `npm run fuzz`; `-- --inputs 1000 --target zip` for a part, `--from 17` to begin at an input.
 * FC_SEED makes other inputs; the same seed makes the same ones.
 */
const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '120000' },
    target: { type: 'string', multiple: true },
    from: { type: 'string', default: '0' },
  },
});
const seed = Number(process.env.FC_SEED ?? 20_261_121);
const saved = fileURLToPath(new URL('../../.local/fuzz', import.meta.url));
const WORKERS = 2;

const targets = TARGETS.filter(({ name }) => values.target?.includes(name) ?? true);
const weights = targets.reduce((sum, { weight = 1 }) => sum + weight, 0);
const from = Number(values.from);
const queue = targets.map(({ name, weight = 1 }) => ({
  target: name,
  to: from + Math.ceil((Number(values.inputs) * weight) / weights),
}));

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'assay-fuzz-'));
mkdirSync(saved, { recursive: true });
const results: (readonly [string, Watched])[] = [];

async function drain(number: number): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const progress = join(folder, `${number}-${results.length}-${next.to}`);
    const result = await watched({ ...next, seed, from, progress, saved });
    results.push([next.target, result]);
    const { inputs, slowestMs, peakMiB, problems } = result;
    say(
      `| ${next.target.padEnd(24)} | ${String(inputs).padStart(7)} | ${slowestMs.toFixed(0).padStart(6)} | ${peakMiB.toFixed(0).padStart(5)} | ${String(problems.length).padStart(8)} |`,
    );
  }
}

say(`FC_SEED=${seed}`);
say('| parser                   |  inputs | slowest, ms of CPU | peak, MiB | problems |');
say('| ------------------------ | ------: | -----: | ----: | -------: |');
await Promise.all(Array.from({ length: WORKERS }, (_, number) => drain(number)));
rmSync(folder, { recursive: true });

const problems = results.flatMap(([name, result]) =>
  result.problems.map((problem) => ({ name, ...problem })),
);
const all = results.reduce((sum, [, { inputs }]) => sum + inputs, 0);
say(`${all} inputs, ${problems.length} problems`);
for (const { name, index, message, file } of problems) {
  say(`\n${name}, input ${index}, saved as ${file}\n${message}`);
}
process.exitCode = problems.length > 0 ? 1 : 0;
