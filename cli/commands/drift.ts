import { Command } from 'commander';
import { comparisonHtml } from '#domain/monitoring/report/comparison-html.ts';
import { compareFiles } from '../compare-files.ts';
import type { CompareOptions } from '../compared-columns.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { failed } from '../failure.ts';
import { documented } from '../help.ts';
import { monitoringPolicyOf } from '../monitoring-policy-file.ts';
import { comparisonView } from '../render/comparison.ts';
import { writeOption } from '../write-option.ts';
import { type DriftOfModel, driftOfModel } from './drift-model.ts';

const FILE = 'CSV, JSON Lines or Parquet file';

export const driftCommand = (act: Act): Command =>
  documented(
    new Command('drift')
      .description('how a model in production fares; or, of two files, how their rows differ')
      .argument('<model-or-reference>', `a model; or a ${FILE} with the rows to compare with`)
      .argument('[current]', `${FILE} to compare, here and without an account`)
      .option('--columns <names>', 'compare these only, with commas between them')
      .option('--label <column>', 'the column with the truth: compared, but no feature')
      .option('--policy <json>', 'a policy whose section "monitoring" says what drift is')
      .option('--html <file>', 'write the comparison, or the latest report, as a page')
      .option('--report', 'of a model: the whole of the latest report')
      .action(act(drift)),
    [
      'drift breast-cancer --report',
      'drift validation.csv last-week.csv --label diagnosis',
      'drift validation.csv last-week.csv --html drift.html --json > drift.json',
    ],
  );

interface DriftOptions extends CompareOptions, DriftOfModel {
  readonly policy?: string;
}

/** Options of the one are nothing to the other: they are refused, not passed over. */
async function drift(
  context: Context,
  first: string,
  current: string | undefined,
  { report, ...options }: DriftOptions,
): Promise<ExitCode> {
  if (current === undefined) {
    const { columns, label, policy, html } = options;
    refuse({ columns, label, policy }, `two files; ${first} is taken for a model`);
    return driftOfModel(context, first, {
      ...(report && { report }),
      ...(html !== undefined && { html }),
    });
  }
  refuse({ report }, 'a model, not of two files');
  return driftOfFiles(context, first, current, options);
}

function refuse(options: Readonly<Record<string, unknown>>, of: string): void {
  const [name] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (name === undefined) return;
  throw failed({
    field: `--${name}`,
    got: 'it',
    expected: `it only of ${of}`,
    remedy: 'leave it out, or name both files',
  });
}

const DRIFT_EXIT = {
  STABLE: EXIT.ok,
  DRIFT: EXIT.refused,
  INSUFFICIENT_DATA: EXIT.undecided,
} as const;

async function driftOfFiles(
  { out }: Context,
  reference: string,
  current: string,
  options: DriftOptions,
): Promise<ExitCode> {
  const policy = await monitoringPolicyOf(options.policy);
  const comparison = await compareFiles({ reference, current }, options, policy);
  if (options.html !== undefined)
    await writeOption('--html', options.html, comparisonHtml(comparison));
  out.result(comparison, comparisonView);
  return DRIFT_EXIT[comparison.outcome];
}
