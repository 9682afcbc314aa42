import { Command } from 'commander';
import { UnreadableRows } from '#domain/gates/dataset/rows.ts';
import type { Api } from '../api.ts';
import { ApiFailure } from '../api-answer.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { codeOf, Failure, failed, messageOf } from '../failure.ts';
import { documented } from '../help.ts';
import { Unreachable } from '../http.ts';
import type { Io } from '../io.ts';
import { type OutcomeRow, outcomeRows } from '../outcome-rows.ts';

interface Options {
  readonly file: string;
  readonly numbers?: boolean;
}

export const outcomesCommand = (act: Act): Command =>
  documented(
    new Command('outcomes')
      .description('tell what came of answers: what was true, or a score of your own')
      .argument('<model>', 'its name; see "assay list"')
      .requiredOption('--file <truths>', 'JSON Lines or CSV, one outcome a row')
      .option('--numbers', 'truth and predicted of a CSV are numbers, not labels of classes')
      .action(act(outcomes)),
    [
      'outcomes breast-cancer --file truths.jsonl',
      'outcomes house-prices --file truths.csv --numbers',
    ],
  );

/** As many as the API takes in one request. */
const BATCH = 40;
/** Problems told one by one; the others are counted. */
const TOLD = 20;
/** Outcomes that came count once, so what failed may be sent again. */
const WAITS_MS = [500, 2_000, 8_000];

interface Told {
  accepted: number;
  repeated: number;
  refused: number;
  /** The first of them. */
  readonly problems: { readonly row: number; readonly problem: string }[];
}

async function outcomes(
  { api, io, out }: Context,
  model: string,
  { file, numbers = false }: Options,
): Promise<ExitCode> {
  const told: Told = { accepted: 0, repeated: 0, refused: 0, problems: [] };
  const target = await api();
  const refuse = (row: number, problem: string) => {
    told.refused++;
    if (told.problems.length < TOLD) told.problems.push({ row, problem });
  };
  for await (const batch of batches(readable(file, outcomeRows(file, numbers)))) {
    for (const one of batch) if ('problem' in one) refuse(one.row, one.problem);
    const sent = batch.flatMap((one) => ('outcome' in one ? [one] : []));
    if (sent.length === 0) continue;
    const answer = await patiently(
      io,
      target,
      model,
      sent.map(({ outcome }) => outcome),
    ).catch((error: unknown) => {
      throw interrupted(error, told, sent[0]?.row ?? 0);
    });
    told.accepted += answer.accepted;
    told.repeated += answer.repeated;
    for (const { index, problem } of answer.refused) refuse(sent[index]?.row ?? 0, problem);
  }
  out.result(told, view);
  return told.refused > 0 ? EXIT.refused : EXIT.ok;
}

async function* batches(rows: AsyncIterable<OutcomeRow>): AsyncGenerator<readonly OutcomeRow[]> {
  let batch: OutcomeRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* readable(
  file: string,
  rows: AsyncIterable<OutcomeRow>,
): AsyncGenerator<OutcomeRow> {
  try {
    yield* rows;
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    if (cause instanceof UnreadableRows) throw new Failure(cause.message, { cause });
    const got = codeOf(cause) === 'ENOENT' ? `no file ${file}` : messageOf(cause);
    const [expected, remedy] = ['a file that can be read', 'correct the path'];
    throw failed({ field: '--file', got, expected, remedy }, { cause });
  }
}

async function patiently(io: Io, api: Api, model: string, sent: readonly unknown[]) {
  for (const wait of WAITS_MS) {
    const answer = await api.recordOutcomes(model, sent).catch((error: unknown) => {
      if (!isPassing(error)) throw error;
      return undefined;
    });
    if (answer) return answer;
    await io.sleep(wait);
  }
  return api.recordOutcomes(model, sent);
}

const isPassing = (error: unknown): boolean =>
  error instanceof Unreachable ||
  (error instanceof ApiFailure && (error.status === 429 || error.status >= 500));

function interrupted(error: unknown, { accepted, repeated }: Told, row: number): Failure {
  const done = accepted + repeated;
  const { exit = EXIT.error, problems = [] } = error instanceof Failure ? error : {};
  const message = `${messageOf(error)}; ${done} outcomes before row ${row} have counted, send the same file again for the rest`;
  return new Failure(message, { exit, problems, cause: error });
}

function view({ accepted, repeated, refused, problems }: Told): string {
  const more = refused - problems.length;
  return [
    `${accepted} accepted, ${repeated} repeated, ${refused} refused`,
    ...problems.map(({ row, problem }) => `  row ${row}: ${problem}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}
