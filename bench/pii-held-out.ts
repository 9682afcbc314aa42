import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PII_KINDS, type PiiKind } from '#domain/gates/privacy/kinds.ts';
import { PiiColumn, scanTable } from '#domain/gates/privacy/pii-column.ts';
import { scanText } from '#domain/gates/privacy/scan-text.ts';

/**
 * Prints recall and mistakes on texts, columns and tables of other people, beside Presidio's own
 * recognisers in the same run. Installs them from PyPI into a folder of the system's temporary
 * directory at the first run: `npx tsx bench/pii-held-out.ts`, some minutes, then one.
 */
const PACKAGES = [
  'presidio-analyzer==2.2.366',
  'presidio-evaluator==0.3.2',
  'Faker==40.54.0',
  'spacy==3.8.18',
  'vega-datasets==0.9.0',
];

type Span = readonly [kind: PiiKind | '', start: number, end: number];
interface HeldOut {
  readonly sentences: readonly {
    readonly text: string;
    readonly spans: readonly Span[];
    readonly peer: readonly Span[];
  }[];
  readonly columns: readonly {
    readonly kind: PiiKind;
    readonly name: string;
    readonly locale: string;
    readonly cells: readonly string[];
    readonly peer: number;
    readonly peerAlone: number;
  }[];
  readonly benign: readonly {
    readonly name: string;
    readonly cells: readonly string[];
    readonly peer: number;
  }[];
  readonly tables: readonly {
    readonly name: string;
    readonly header: readonly string[];
    readonly rows: readonly (readonly string[])[];
    readonly peer: number;
  }[];
}

/** Tables with the names and addresses of real people. */
const ABOUT_PEOPLE = new Set(['la-riots']);

const held = heldOut();
printSentences();
printColumns();
printBenign();
printTables();

function heldOut(): HeldOut {
  const folder = join(tmpdir(), 'assay-pii-held-out');
  const python = join(folder, 'venv', 'bin', 'python');
  if (!existsSync(python)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', join(folder, 'venv')]);
    execFileSync(python, ['-m', 'pip', 'install', '-q', ...PACKAGES], { stdio: 'inherit' });
  }
  const written = join(folder, 'held-out.json');
  const script = new URL('./pii_held_out.py', import.meta.url).pathname;
  execFileSync(python, [script, written], { stdio: ['ignore', 'ignore', 'ignore'] });
  return JSON.parse(readFileSync(written, 'utf8'));
}

function percent(part: number, of: number): string {
  return of === 0 ? '' : `${((100 * part) / of).toFixed(2)} %`;
}

function overlaps([, start, end]: Span, [, from, to]: Span): boolean {
  return start < to && from < end;
}

function printSentences(): void {
  const rows = new Map(PII_KINDS.map((kind) => [kind, { of: 0, ours: 0, peer: 0 }]));
  const mistaken = { ours: 0, peer: 0 };
  const wrong = new Map<string, number>();
  for (const { text, spans, peer } of held.sentences) {
    const ours = scanText(text).map(({ kind, start, end }): Span => [kind, start, end]);
    for (const span of spans) {
      const row = span[0] === '' ? undefined : rows.get(span[0]);
      if (!row) continue;
      const hit = (found: readonly Span[]): number =>
        Number(found.some((each) => each[0] === span[0] && overlaps(each, span)));
      row.of++;
      row.ours += hit(ours);
      row.peer += hit(peer);
    }
    const stray = (found: readonly Span[]) =>
      found.filter((each) => !spans.some((span) => overlaps(each, span)));
    for (const [kind] of stray(ours)) wrong.set(kind, (wrong.get(kind) ?? 0) + 1);
    mistaken.ours += Number(stray(ours).length > 0);
    mistaken.peer += Number(stray(peer).length > 0);
  }
  console.log('| in sentences | spans | Assay finds | Presidio finds |\n|---|---:|---:|---:|');
  for (const [kind, { of, ours, peer }] of rows) {
    if (of > 0) console.log(`| ${kind} | ${of} | ${percent(ours, of)} | ${percent(peer, of)} |`);
  }
  const of = held.sentences.length;
  console.log(
    `| sentences with a mistake | ${of} | ${percent(mistaken.ours, of)} | ${percent(mistaken.peer, of)} |`,
  );
  console.log([...wrong].map(([kind, count]) => `${kind} ${count}`).join(', '), '\n');
}

function scan(name: string, cells: readonly string[]): PiiColumn {
  const column = new PiiColumn(name, 1);
  for (const cell of cells) column.add(cell);
  return column;
}

function hitsOf(column: PiiColumn, kind: PiiKind): number {
  return column.findings().find((each) => each.kind === kind)?.hits ?? 0;
}

function printColumns(): void {
  console.log('| in columns | cells | unnamed | named | Presidio, unnamed | with context |');
  console.log('|---|---:|---:|---:|---:|---:|');
  for (const kind of PII_KINDS) {
    const columns = held.columns.filter((each) => each.kind === kind);
    if (columns.length === 0) continue;
    const sum = (of: (column: (typeof columns)[number]) => number): number =>
      columns.reduce((total, column) => total + of(column), 0);
    const cells = sum((each) => each.cells.length);
    const shares = [
      sum((each) => hitsOf(scan('value', each.cells), kind)),
      sum((each) => hitsOf(scan(each.name, each.cells), kind)),
      sum((each) => each.peerAlone),
      sum((each) => each.peer),
    ];
    console.log(
      `| ${kind} | ${cells} | ${shares.map((each) => percent(each, cells)).join(' | ')} |`,
    );
  }
}

function printBenign(): void {
  console.log('\n| values that are nobody’s | cells | Assay mistakes | in a column | Presidio |');
  console.log('|---|---:|---:|---:|---:|');
  const total = { cells: 0, ours: 0, column: 0, peer: 0 };
  for (const { name, cells, peer } of held.benign) {
    const found = cells.map((cell) => scanText(cell).map(({ kind }) => kind));
    const ours = found.filter((kinds) => kinds.length > 0).length;
    const column = scan(name, cells)
      .findings()
      .reduce((sum, { hits }) => sum + hits, 0);
    total.cells += cells.length;
    total.ours += ours;
    total.column += column;
    total.peer += peer;
    if (ours + column > 0) {
      const kinds = [...new Set(found.flat())].join(', ');
      console.log(`| ${name} (${kinds}) | ${cells.length} | ${ours} | ${column} | ${peer} |`);
    }
  }
  const { cells, ours, column, peer } = total;
  console.log(
    `| all ${held.benign.length} | ${cells} | ${percent(ours, cells)} | ${percent(column, cells)} | ${percent(peer, cells)} |`,
  );
}

function printTables(): void {
  let [cells, ours, peers, columns] = [0, 0, 0, 0];
  const nobodys = held.tables.filter(({ name }) => !ABOUT_PEOPLE.has(name));
  const found: string[] = [];
  for (const { name, header, rows, peer } of nobodys) {
    cells += rows.flat().filter((cell) => cell !== '').length;
    peers += peer;
    columns += header.length;
    for (const column of scanTable({ header, rows })) {
      for (const { kind, hits } of column.findings()) {
        ours += hits;
        found.push(`${name}.${column.label}: ${hits} × ${kind}`);
      }
    }
  }
  console.log(
    `\n${nobodys.length} tables of vega-datasets, ${columns} columns, ${cells} cells: Assay finds ${ours} (${percent(ours, cells)}), Presidio ${peers} (${percent(peers, cells)})`,
  );
  for (const each of found) console.log(`- ${each}`);
}
