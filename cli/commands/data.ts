import { Command, Option } from 'commander';
import { UnreadableRows } from '#domain/gates/dataset/rows.ts';
import { type ContractOptions, checkData, draftFor } from '../check-data.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode, VERDICT_EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { documented } from '../help.ts';
import { dataCheckView } from '../render/data-check.ts';

const FILE = 'CSV, JSON Lines or Parquet file';

export const dataCommand = (act: Act): Command =>
  new Command('data')
    .description('judge a data set before a model is trained on it')
    .addCommand(
      documented(
        labelled(new Command('check'))
          .description('judge rows by their contract, as the dataset gate does by default')
          .argument('<file>', FILE)
          .option('--contract <json>', 'what the columns hold; drafted from the file unless given')
          .option('--test <file>', 'rows that must not be among them')
          .action(act(check)),
        ['data check train.csv --contract contract.json --test evaluation.csv'],
      ),
    )
    .addCommand(
      documented(
        labelled(new Command('contract'))
          .description('draft a contract that the rows of a file keep')
          .argument('<file>', FILE)
          .action(act(contract)),
        ['data contract train.csv --label diagnosis > contract.json'],
      ),
    );

const labelled = (command: Command): Command =>
  command
    .option('--label <column>', 'the column with the truth, for a draft')
    .addOption(
      new Option('--task <task>', 'what is predicted, for a draft').choices([
        'binary-classification',
        'multiclass-classification',
        'regression',
      ]),
    );

async function check(
  { out, io }: Context,
  file: string,
  options: ContractOptions & { readonly contract?: string; readonly test?: string },
): Promise<ExitCode> {
  const report = await readable(checkData(file, options, io.now() / 1000));
  if (options.contract === undefined) {
    out.note(
      `the contract was drafted from ${file} itself: types, categories and its age hold by that; keep one with "assay data contract"`,
    );
  }
  out.result(report, dataCheckView);
  return VERDICT_EXIT[report.verdict];
}

async function contract(
  { out }: Context,
  file: string,
  options: ContractOptions,
): Promise<ExitCode> {
  const drafted = await readable(draftFor(file, options));
  out.result(drafted, (value) => JSON.stringify(value, null, 2));
  const { label, timestamp, collected } = drafted;
  out.note(`check: the label is ${label.column}, for ${label.task}`);
  out.note(
    timestamp === undefined
      ? `fill in: collected is when the file last changed, ${collected}; say when its rows were collected`
      : `check: ${timestamp} tells when a row was collected`,
  );
  out.note('fill in: intervals of numbers that are wrong beyond them (domain: {min, max})');
  return EXIT.ok;
}

/** A file that breaks off its format before its first row is not judged. */
const readable = <T>(reading: Promise<T>): Promise<T> =>
  reading.catch((error: unknown) => {
    if (!(error instanceof UnreadableRows)) throw error;
    throw new Failure(error.message, { exit: EXIT.undecided, cause: error });
  });
