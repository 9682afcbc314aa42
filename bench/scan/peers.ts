import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Ours, ours } from './ours.ts';

/**
 * Judges every sample by Assay and by each peer in the same run and prints, for each class, how
 * many each of them flags, leaves undecided and lets pass. `bash bench/scan/setup.sh` first, then
 * `npx tsx bench/scan/peers.ts`, nearly an hour, most of it modelaudit's. `--details` adds what
 * Assay says of each sample that it does not judge as its class is.
 */
const HOME = '.local/bench/scan';
const PEERS = ['picklescan', 'fickling', 'modelscan', 'modelaudit'] as const;
/** Programs by design, which no format's reader can acquit: listed, and counted as neither. */
const CODE = ['torch script', 'torch export'];

/** Processes among which the samples of one peer are dealt out. */
const PROCESSES = 3;

type Outcome = 'flagged' | 'undecided' | 'passed';
type Judged = ReadonlyMap<string, Outcome>;

const samplesOf = (kind: 'benign' | 'malicious'): string[] =>
  readdirSync(join(HOME, kind)).flatMap((group) =>
    readdirSync(join(HOME, kind, group)).map((name) => join(HOME, kind, group, name)),
  );
const groupOf = (path: string): string => path.split('/').at(-2) ?? '';

const malicious = samplesOf('malicious');
const everyBenign = samplesOf('benign');
const benign = everyBenign.filter((path) => !CODE.includes(groupOf(path)));
const all = [...malicious, ...everyBenign];

const judged: Record<string, Judged> = {};
const said = new Map<string, Ours>();
for (const path of all) said.set(path, await ours(path, 'judge'));
judged.assay = new Map([...said].map(([path, { verdict }]) => [path, outcomeOf(verdict)]));
const byDefault = new Map<string, Ours>();
for (const path of all) byDefault.set(path, await ours(path, 'quarantine'));
for (const peer of PEERS) {
  console.error(`${peer} …`);
  judged[peer] = await byPeer(peer, all);
}

function outcomeOf(verdict: Ours['verdict']): Outcome {
  return verdict === 'fail' ? 'flagged' : verdict === 'pass' ? 'passed' : 'undecided';
}

/** 0 passes and 1 flags, for every peer; anything else is an error, or no format that it reads. */
async function byPeer(peer: string, paths: readonly string[]): Promise<Judged> {
  const dealt = Array.from({ length: PROCESSES }, (_, of) =>
    exitCodes(
      peer,
      paths.filter((__, index) => index % PROCESSES === of),
    ),
  );
  return new Map(
    (await Promise.all(dealt))
      .flat()
      .map(([path, code]) => [path, code === 0 ? 'passed' : code === 1 ? 'flagged' : 'undecided']),
  );
}

async function exitCodes(
  peer: string,
  paths: readonly string[],
): Promise<(readonly [path: string, code: number])[]> {
  const child = spawn(join(HOME, `venv-${peer}/bin/python`), ['bench/scan/peer.py', peer], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(paths.join('\n'));
  const outcomes: Record<string, [code: number, seconds: number]> = JSON.parse(
    await text(child.stdout),
  );
  return Object.entries(outcomes).map(([path, [code]]) => [path, code]);
}

const tools = ['assay', ...PEERS];
const count = (tool: string, paths: readonly string[], outcome: Outcome): number =>
  paths.filter((path) => judged[tool]?.get(path) === outcome).length;
const row = (name: string, paths: readonly string[]): string => {
  const cells = tools.map((tool) =>
    (['flagged', 'undecided', 'passed'] as const)
      .map((outcome) => count(tool, paths, outcome))
      .join(' / '),
  );
  return `| ${name} | ${paths.length} | ${cells.join(' | ')} |`;
};
const share = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)} %`;

function table(title: string, paths: readonly string[]): void {
  console.log(`| ${title} | files | ${tools.join(' | ')} |`);
  console.log(`| --- | ---: | ${tools.map(() => '---:').join(' | ')} |`);
  for (const group of [...new Set(paths.map(groupOf))].sort()) {
    console.log(
      row(
        group,
        paths.filter((path) => groupOf(path) === group),
      ),
    );
  }
  console.log(row('all', paths));
}

table('malicious', malicious);
console.log();
table('benign', everyBenign);
console.log(`\n| | ${tools.join(' | ')} |\n| --- | ${tools.map(() => '---:').join(' | ')} |`);
const rates: readonly (readonly [string, readonly string[], Outcome])[] = [
  ['malicious flagged (TPR)', malicious, 'flagged'],
  ['malicious let pass', malicious, 'passed'],
  ['benign flagged (FPR)', benign, 'flagged'],
  ['benign let pass', benign, 'passed'],
];
for (const [name, paths, outcome] of rates) {
  const cells = tools.map((tool) => share(count(tool, paths, outcome), paths.length));
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}

const idsOf = (path: string) => new Set(byDefault.get(path)?.against.map(({ id }) => id));
const quarantined = benign.filter((path) => idsOf(path).has('pickle.quarantined'));
const otherwise = benign.filter((path) => {
  const ids = idsOf(path);
  return ids.size > 0 && !(ids.size === 1 && ids.has('pickle.quarantined'));
});
const passing = malicious.filter((path) => byDefault.get(path)?.verdict === 'pass');
console.log(`
By the default policy: of ${benign.length} benign samples ${quarantined.length} are quarantined as pickles, ${otherwise.length} are kept for another reason, the rest pass; of ${malicious.length} malicious ones ${passing.length} pass.`);

if (process.argv.includes('--details')) {
  for (const path of all) {
    const expected = malicious.includes(path) ? 'flagged' : 'passed';
    if (judged.assay.get(path) === expected) continue;
    const why = said.get(path)?.against.map(({ id, message }) => `${id}: ${message}`);
    console.log(`${path}: ${why?.[0] ?? 'nothing found'}`);
  }
}
process.exitCode =
  passing.length + otherwise.length + count('assay', malicious, 'passed') > 0 ? 1 : 0;
