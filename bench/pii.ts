import { PII_KINDS, type PiiKind } from '#domain/gates/privacy/kinds.ts';
import { PiiColumn } from '#domain/gates/privacy/pii-column.ts';
import { DEFAULT_PRIVACY_POLICY } from '#domain/gates/privacy/policy.ts';
import { scanText } from '#domain/gates/privacy/scan-text.ts';
import { benignColumns } from '../test/domain/gates/privacy/benign.ts';
import { PUBLISHED, recallByKind } from '../test/domain/gates/privacy/corpus.ts';

/**
 * Prints, for each kind of personal data, how much of the published and generated truth is found,
 * how much of what only looks like it, and how often values that are nobody's are mistaken for it;
 * then the time a cell takes. `npx tsx bench/pii.ts`, a few seconds.
 */
const VALUES = 2_000;
const SEED = 7;

const benign = benignColumns(VALUES, SEED);
const values = [...benign.values()].flat();
const mistaken = new Map<PiiKind, number>();
let any = 0;
for (const value of values) {
  const kinds = new Set(scanText(value).map(({ kind }) => kind));
  if (kinds.size > 0) any++;
  for (const kind of kinds) mistaken.set(kind, (mistaken.get(kind) ?? 0) + 1);
}

const recalls = recallByKind();
const share = (part: number, of: number): string =>
  of === 0 ? '' : `${((100 * part) / of).toFixed(2)} %`;

console.log(
  '| kind | texts | found alone | found with column name | look-alikes mistaken | benign values mistaken |',
);
console.log('|---|---:|---:|---:|---:|---:|');
for (const kind of PII_KINDS) {
  const recall = recalls.get(kind);
  if (!recall) continue;
  const { of, alone, found, lookalikes, mistaken: wrong } = recall;
  console.log(
    `| ${kind} | ${of} | ${share(alone, of)} | ${share(found, of)} | ${wrong} of ${lookalikes} | ${share(mistaken.get(kind) ?? 0, values.length)} |`,
  );
}
const all = [...recalls.values()];
const sum = (key: 'of' | 'alone' | 'found' | 'lookalikes' | 'mistaken'): number =>
  all.reduce((total, recall) => total + recall[key], 0);
console.log(
  `| all | ${sum('of')} | ${share(sum('alone'), sum('of'))} | ${share(sum('found'), sum('of'))} | ${sum('mistaken')} of ${sum('lookalikes')} | ${share(any, values.length)} |`,
);

console.log('\nleft out of the recall, because Assay differs from the source on purpose:');
for (const { kind, unlike } of PUBLISHED) {
  if (unlike) console.log(`- ${kind}: ${unlike.strings.length} texts; ${unlike.why}`);
}

const scan = (name: string, cells: readonly string[]): PiiColumn => {
  const column = new PiiColumn(name, 1);
  for (const cell of cells) column.add(cell);
  return column;
};
const personal = [...benign].filter(([name, cells]) =>
  scan(name, cells)
    .findings()
    .some(({ shareLower }) => shareLower >= DEFAULT_PRIVACY_POLICY.columnShareMin),
);
const SEEDS = 20;
let samples = 0;
for (let seed = 1; seed <= SEEDS; seed++) {
  for (const [name, cells] of benignColumns(DEFAULT_PRIVACY_POLICY.trainingSamples, seed)) {
    if (scan(name, cells).findings().length > 0) samples++;
  }
}
console.log(
  `\nbenign columns of ${VALUES} cells called personal: ${personal.length} of ${benign.size}`,
);
console.log(`benign columns of 100 samples with a violation: ${samples} of ${benign.size * SEEDS}`);

console.log('\n| column | microseconds a cell |\n|---|---:|');
for (const name of ['score', 'count', 'unix_millis', 'batch_16', 'uuid', 'created_at', 'text']) {
  const cells = benign.get(name) ?? [];
  const start = performance.now();
  for (let round = 0; round < 5; round++) scan('x', cells);
  console.log(`| ${name} | ${(((performance.now() - start) / 5 / VALUES) * 1000).toFixed(2)} |`);
}
