import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Times Assay's and the peers' command lines on the same files, in turn, and prints the least processor
 * time of some runs, beside what each takes for a file of four bytes, and the peak memory.
 * `bash bench/scan/setup.sh` first, then `npx tsx bench/scan/speed.ts`, about twenty minutes.
 * Exits 1 when Assay takes 256 MiB or more.
 */
const HOME = resolve('.local/bench/scan');
const SPEED = join(HOME, 'speed');
const RUNS = 3;
const LIMIT_SECONDS = 600;
const LIMIT_MIB = 256;

interface Run {
  readonly code: number | null;
  readonly seconds: number;
  /** Of all its threads: unlike the time that passes, not changed by what else a machine does. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

type Command = (path: string) => readonly string[];

const tool = (name: string, ...options: string[]): Command => {
  const program = join(HOME, `venv-${name}/bin/${name}`);
  return (path) => [program, ...options, path];
};
/** fickling's command line takes one file: its own function, for each file in one process. */
const ficklingAll: Command = (path) => {
  const list = join(HOME, 'small.txt');
  writeFileSync(
    list,
    readdirSync(path)
      .map((name) => join(path, name))
      .join('\n'),
  );
  const python = join(HOME, 'venv-fickling/bin/python');
  return ['sh', '-c', `"${python}" bench/scan/peer.py fickling < "${list}"`];
};

const COMMANDS: Readonly<Record<string, Command>> = {
  assay: (path) => [process.execPath, 'cli/assay.mjs', 'scan', '--allow-pickle', '--json', path],
  picklescan: tool('picklescan', '-p'),
  fickling: (path) =>
    path.endsWith('small')
      ? ficklingAll(path)
      : tool('fickling', '--check-safety', '--json-output', join(HOME, 'report.json'))(path),
  modelscan: tool('modelscan', 'scan', '-p'),
  modelaudit: tool('modelaudit', 'scan', '--no-cache', '--quiet'),
};

function measured(command: readonly string[]): Run {
  const python = join(HOME, 'venv-models/bin/python');
  const { stdout } = spawnSync(python, ['bench/scan/measure.py', `${LIMIT_SECONDS}`, ...command], {
    encoding: 'utf8',
    env: { ...process.env, PROMPTFOO_DISABLE_TELEMETRY: '1', NO_ANALYTICS: '1' },
  });
  return JSON.parse(stdout);
}

if (!existsSync(SPEED)) {
  const made = spawnSync(
    join(HOME, 'venv-models/bin/python'),
    ['bench/scan/make_speed.py', SPEED],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  if (made.status !== 0) throw new Error(`make_speed.py ended with ${made.status}`);
}
mkdirSync(join(SPEED, 'start'), { recursive: true });
writeFileSync(join(SPEED, 'start', 'nothing.pkl'), Buffer.from([0x80, 0x02, 0x4e, 0x2e]));

const LOADS = {
  'start-up': 'start/nothing.pkl',
  'torch checkpoint, 200 MB': 'checkpoint.pt',
  '1,000 small pickles': 'small',
  'ONNX, 5 GB of external data': 'external',
  'ONNX, 5 GB within': 'inline.onnx',
  'torch checkpoint, 5 GB': 'large.pt',
  'ZIP of safetensors, 5 GB': 'large.zip',
} as const;
/** Without one, a tool is timed on the first three only. */
const ALL_SIZES = ['assay', 'picklescan'];

const best = new Map<string, Run>();
for (let run = 0; run < RUNS; run += 1) {
  for (const [load, file] of Object.entries(LOADS)) {
    for (const [name, command] of Object.entries(COMMANDS)) {
      const large = !Object.keys(LOADS).slice(0, 3).includes(load);
      if (large && !ALL_SIZES.includes(name)) continue;
      if (name === 'modelaudit' && run > 0) continue;
      const key = `${name} ${load}`;
      const now = measured(command(join(SPEED, file)));
      const before = best.get(key);
      best.set(key, {
        code: now.code,
        seconds: Math.min(now.seconds, before?.seconds ?? now.seconds),
        cpuSeconds: Math.min(now.cpuSeconds, before?.cpuSeconds ?? now.cpuSeconds),
        peakMiB: Math.max(now.peakMiB, before?.peakMiB ?? 0),
      });
    }
  }
}

const names = Object.keys(COMMANDS);
console.log(`| processor seconds (seconds, MiB, exit code) | ${names.join(' | ')} |`);
console.log(`| --- | ${names.map(() => '---:').join(' | ')} |`);
for (const load of Object.keys(LOADS)) {
  const cells = names.map((name) => {
    const run = best.get(`${name} ${load}`);
    if (run === undefined) return '';
    const seconds = run.code === null ? `over ${LIMIT_SECONDS}` : run.seconds.toFixed(1);
    return `${run.cpuSeconds.toFixed(2)} (${seconds}, ${run.peakMiB.toFixed(0)}, ${run.code ?? 'none'})`;
  });
  console.log(`| ${load} | ${cells.join(' | ')} |`);
}
/** Processor seconds beyond those that the same tool takes for nothing. */
const beyond = (name: string, load: string): number =>
  (best.get(`${name} ${load}`)?.cpuSeconds ?? 0) - (best.get(`${name} start-up`)?.cpuSeconds ?? 0);
for (const load of Object.keys(LOADS).slice(1, 3)) {
  const each = names.map((name) => `${name} ${beyond(name, load).toFixed(2)}`);
  console.log(`\n${load}, processor seconds beyond start-up: ${each.join(', ')}.`);
}
const most = Math.max(...Object.keys(LOADS).map((load) => best.get(`assay ${load}`)?.peakMiB ?? 0));
console.log(`\nAssay's peak is ${most.toFixed(0)} MiB, the limit ${LIMIT_MIB}.`);
process.exitCode = most >= LIMIT_MIB ? 1 : 0;
