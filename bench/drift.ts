import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import { numericDistribution } from '#domain/gates/performance/distribution.ts';
import { gaussian, mulberry32 } from '#domain/gates/random.ts';
import { type ComparedColumn, compareTables } from '#domain/monitoring/report/comparison.ts';
import { comparisonHtml } from '#domain/monitoring/report/comparison-html.ts';
import {
  binsOf,
  type FeatureCounts,
  knownCounts,
  noCounts,
  referenceCounts,
} from '#domain/monitoring/statistics/bins.ts';
import { type KolmogorovSmirnov, ksTest } from '#domain/monitoring/statistics/ks.ts';
import { NumberCounter } from '#domain/monitoring/statistics/number-counter.ts';
import { psi } from '#domain/monitoring/statistics/psi.ts';
import { Peers } from './drift/peers.ts';
import { type Compared, inTurns, type Spent, spent } from './drift/turns.ts';

/**
 * Times the statistics of monitoring beside scipy, numpy and evidently on the same numbers, in turns,
 * and compares what they find: `bash bench/drift/setup.sh`, then `npx tsx bench/drift.ts`. Takes some
 * minutes and 6 GB; `npx tsx bench/drift.ts 100000` has fewer rows.
 */
const ROWS = Number(process.argv[2] ?? 1_000_000);
const FEATURES = 50;

type Columns = readonly Float64Array[];

const random = mulberry32(7);
const side = (shift: number): Columns =>
  Array.from({ length: FEATURES }, (_, i) =>
    Float64Array.from({ length: ROWS }, () => (1 + i) * (gaussian(random) + (i % 5) * shift)),
  );
const reference = side(0);
const current = side(0.05);

function counted({ bins }: Pick<ComparedColumn, 'bins'>, values: Float64Array): FeatureCounts {
  if (bins.kind !== 'numeric') throw new Error('the columns are numbers');
  const counts = noCounts(bins);
  const counter = new NumberCounter(bins, counts);
  for (let i = 0; i < values.length; i++) counter.count(values[i] as number);
  return counts;
}

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

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const shown = (ms: number): string =>
  ms >= 1000 ? `${(ms / 1000).toPrecision(3)} s` : `${ms.toPrecision(3)} ms`;
const pair = ({ wallMs, cpuMs }: Spent): string => `${shown(wallMs)} | ${shown(cpuMs)}`;
const COLUMNS = ['what', 'peer', 'its time', 'CPU', 'ours', 'CPU', 'ratio', 'CPU', 'bar', 'load'];
const row = (what: string, peer: string, { theirs, ours, ratio }: Compared, bar = ''): void => {
  const ratios = `${ratio.wallMs.toPrecision(2)} | ${ratio.cpuMs.toPrecision(2)}`;
  const load = loadavg()[0]?.toFixed(0);
  say(`| ${what} | ${peer} | ${pair(theirs)} | ${pair(ours)} | ${ratios} | ${bar} | ${load} |`);
};

const prepared = columnsOf();
const both = withCurrent(prepared);
const fromBoth = (): number[] => indexes(withCurrent(columnsOf()));
const fromWindow = (): number[] => indexes(withCurrent(prepared));
const size = `${ROWS.toLocaleString('en')} × ${FEATURES}`;

const folder = mkdtempSync(join(tmpdir(), 'assay-drift-'));
try {
  for (const [name, columns] of Object.entries({ reference, current })) {
    writeFileSync(
      join(folder, `${name}.f64`),
      Buffer.concat(columns.map((values) => Buffer.from(values.buffer))),
    );
  }
  const peers = new Peers(folder, ROWS, FEATURES);
  await comparedWith(peers);
  peers.close();
} finally {
  rmSync(folder, { recursive: true });
}

async function comparedWith(peers: Peers): Promise<void> {
  const [one, other] = [reference[0] as Float64Array, current[0] as Float64Array];
  const test = ksTest(one, other);
  const theirTest = (await peers.time<KolmogorovSmirnov>('ks')).value;
  const found = fromBoth();
  const theirs = await Promise.all([
    peers.time<number[]>('quantiles').then(({ value }) => value),
    peers.time<number[]>('sorting').then(({ value }) => value),
  ]);
  const apart = Math.max(
    ...theirs.flatMap((all) => all.map((x, i) => Math.abs(x - (found[i] ?? 0)))),
  );
  say(
    `KS distances lie ${Math.abs(test.d - theirTest.d)} apart, p-values ${Math.abs(test.p - theirTest.p)}, indexes of numpy's counts ${apart}.\n`,
  );
  say(`| ${COLUMNS.join(' | ')} |`);
  say('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  const compare = (turns: number, what: string, run: () => unknown) =>
    inTurns(turns, () => peers.time(what), run);
  const kolmogorov = await compare(25, 'ks', () => ksTest(one, other));
  row(`KS test, 2 × ${ROWS.toLocaleString('en')}`, 'scipy `ks_2samp`', kolmogorov, '5');
  const samples = `PSI of both samples, ${size}`;
  row(samples, 'numpy `quantile`, `searchsorted`', await compare(5, 'quantiles', fromBoth), '4');
  row(samples, 'numpy `sort`', await compare(5, 'sorting', fromBoth), '4');
  row(samples, 'evidently `psi`', await compare(5, 'evidently', fromBoth), '4');
  const window = `PSI, reference prepared, ${size}`;
  row(window, 'numpy `searchsorted`', await compare(5, 'preparedBySearch', fromWindow));
  row(window, 'numpy `sort`', await compare(5, 'preparedBySorting', fromWindow));
  const ofCounters = spent(() => Array.from({ length: 100 }, () => indexes(both)));
  say(
    `| PSI of counters, ${size} | none: no rows are read | | | ${shown(ofCounters.wallMs / 100)} |`,
  );
  report(both);
  say(`| report of counters | none: no rows are read | | | ${pair(spent(() => report(both)))} |`);
  const reported = () => report(withCurrent(columnsOf()));
  const preset = `report of both samples, ${size}`;
  row(preset, 'evidently `DataDriftPreset`, PSI', await compare(1, 'presetByPsi', reported));
  row(preset, 'evidently `DataDriftPreset`', await compare(1, 'preset', reported));
}
