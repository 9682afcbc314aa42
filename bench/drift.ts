import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import { numericDistribution } from '#domain/gates/performance/distribution.ts';
import { gaussian, mulberry32 } from '#domain/gates/random.ts';
import { type ComparedColumn, compareTables } from '#domain/monitoring/report/comparison.ts';
import { comparisonHtml } from '#domain/monitoring/report/comparison-html.ts';
import {
  binsOf,
  countNumber,
  type FeatureCounts,
  knownCounts,
  noCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { ksTest } from '#domain/monitoring/statistics/ks.ts';
import { psi } from '#domain/monitoring/statistics/psi.ts';

/**
 * Times the statistics of monitoring beside scipy, numpy and evidently on the same numbers, and
 * compares what they find: `bash bench/drift/setup.sh`, then `npx tsx bench/drift.ts`. Takes some
 * minutes and 4 GB; `npx tsx bench/drift.ts 100000` has fewer rows.
 */
const ROWS = Number(process.argv[2] ?? 1_000_000);
const FEATURES = 50;
const PYTHON = fileURLToPath(new URL('../.local/bench-venv/drift/bin/python', import.meta.url));
const PEERS = fileURLToPath(new URL('drift/peers.py', import.meta.url));

interface Peers {
  readonly ms: Readonly<
    Record<'ks' | 'numpy' | 'numpyPrepared' | 'evidently' | 'preset' | 'presetPsi', number>
  >;
  readonly d: number;
  readonly p: number;
  readonly psi: readonly number[];
}

type Columns = readonly Float64Array[];

const random = mulberry32(7);
const side = (shift: number): Columns =>
  Array.from({ length: FEATURES }, (_, i) =>
    Float64Array.from({ length: ROWS }, () => (1 + i) * (gaussian(random) + (i % 5) * shift)),
  );
const reference = side(0);
const current = side(0.05);

function quickest<T>(times: number, run: () => T): { readonly ms: number; readonly value: T } {
  let [ms, value] = [Number.POSITIVE_INFINITY, run()];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    value = run();
    ms = Math.min(ms, performance.now() - start);
  }
  return { ms, value };
}

const counted = (column: Pick<ComparedColumn, 'bins'>, values: Float64Array): FeatureCounts => {
  const counts = noCounts(column.bins);
  for (let i = 0; i < values.length; i++) countNumber(column.bins, counts, values[i] as number);
  return counts;
};

const columnsOf = (): Omit<ComparedColumn, 'current'>[] =>
  reference.map((values, i) => {
    const distribution = numericDistribution(values);
    return { name: `x${i}`, reference: distribution, bins: binsOf(distribution) };
  });

const withCurrent = (columns: readonly Omit<ComparedColumn, 'current'>[]): ComparedColumn[] =>
  columns.map((column, i) => ({ ...column, current: counted(column, current[i] as Float64Array) }));

const indexes = (columns: readonly ComparedColumn[]): number[] =>
  columns.map((column) =>
    psi(knownCounts(referenceCounts(column.reference)), knownCounts(column.current)),
  );

const report = (columns: readonly ComparedColumn[]): string =>
  comparisonHtml(
    compareTables(
      {
        reference: { file: 'reference', rows: ROWS },
        current: { file: 'current', rows: ROWS },
        columns,
        notes: [],
      },
      POLICY,
    ),
  );

const ks = quickest(5, () => ksTest(reference[0] as Float64Array, current[0] as Float64Array));
const prepared = columnsOf();
const both = withCurrent(prepared);
const fromBoth = quickest(1, () => indexes(withCurrent(columnsOf())));
const fromWindow = quickest(1, () => indexes(withCurrent(prepared)));
const fromCounters = quickest(50, () => indexes(both));
const reported = quickest(1, () => report(withCurrent(columnsOf())));
const checked = quickest(20, () => report(both));

const folder = mkdtempSync(join(tmpdir(), 'assay-drift-'));
let peers: Peers;
try {
  for (const [name, columns] of Object.entries({ reference, current })) {
    writeFileSync(
      join(folder, `${name}.f64`),
      Buffer.concat(columns.map((values) => Buffer.from(values.buffer))),
    );
  }
  peers = JSON.parse(
    execFileSync(PYTHON, [PEERS, folder, String(ROWS), String(FEATURES)], { encoding: 'utf8' }),
  ) as Peers;
} finally {
  rmSync(folder, { recursive: true });
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const shown = (ms: number): string =>
  ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toPrecision(3)} ms`;
const row = (what: string, peer: string, theirs: number, ours: number, bar = ''): void =>
  say(
    `| ${what} | ${peer} | ${shown(theirs)} | ${shown(ours)} | ${(theirs / ours).toPrecision(3)} | ${bar} |`,
  );

const count = ROWS.toLocaleString('en');
say('| what | peer | its time | ours | ratio | bar |');
say('| --- | --- | ---: | ---: | ---: | --- |');
row(`KS test, ${count} × ${count}`, 'scipy `ks_2samp`', peers.ms.ks, ks.ms, '5');
const size = `${count} × ${FEATURES}`;
row(`PSI of both samples, ${size}`, 'numpy', peers.ms.numpy, fromBoth.ms, '4');
row(`PSI of both samples, ${size}`, 'evidently `psi`', peers.ms.evidently, fromBoth.ms, '4');
row(`PSI, reference prepared, ${size}`, 'numpy', peers.ms.numpyPrepared, fromWindow.ms);
row(
  `PSI of counters, ${size}`,
  'numpy, reference prepared',
  peers.ms.numpyPrepared,
  fromCounters.ms,
  '4',
);
row(`report of both samples, ${size}`, 'evidently `DataDriftPreset`', peers.ms.preset, reported.ms);
row(`report of both samples, ${size}`, 'the same by PSI', peers.ms.presetPsi, reported.ms);
row(`report of counters, ${size}`, 'evidently `DataDriftPreset`', peers.ms.preset, checked.ms);
const apart = Math.max(...peers.psi.map((index, i) => Math.abs(index - (fromBoth.value[i] ?? 0))));
say(
  `KS distances lie ${Math.abs(ks.value.d - peers.d)} apart, p-values ${Math.abs(ks.value.p - peers.p)}, indexes of numpy's counts ${apart}.`,
);
