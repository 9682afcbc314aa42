import { Command, Option } from 'commander';
import { SEVERITIES, type Severity } from '#domain/rollout/record.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure, failed } from '../failure.ts';
import { follow } from '../follow.ts';
import { documented } from '../help.ts';
import {
  rollbackChanges,
  rollbackStanding,
  rollbacksView,
  rollbackView,
} from '../render/rollback.ts';
import type { Rollback } from '../rollout-schemas.ts';
import { modelOf } from './rollout.ts';

/** An execution writes its record within seconds; Step Functions itself may be slow to start it. */
const NOTED_WITHIN_MS = 120_000;

interface Options {
  readonly to?: string;
  readonly severity?: Severity;
  readonly reason?: string;
  readonly wait?: boolean;
}

export const rollbackCommand = (act: Act): Command =>
  documented(
    new Command('rollback')
      .description('take a version out of traffic: the one on trial, else the one that serves')
      .argument('<model>', 'its name; see "assay list"')
      .option('--to <version>', 'what to go back to, where both are on offer')
      .addOption(
        // Not mandatory for commander, which would ask for it in "rollback list" too.
        new Option(
          '--severity <severity>',
          'critical: all at once; the others: step by step',
        ).choices(SEVERITIES),
      )
      .option('--reason <text>', 'why; kept with the rollback')
      .option('--wait', 'follow it until it is verified')
      .action(act(rollback)),
    [
      'rollback breast-cancer --severity critical --reason "wrong units" --wait',
      'rollback breast-cancer --to 1.0.0 --severity low --reason "recall drops"',
    ],
  ).addCommand(
    documented(
      new Command('list')
        .description('every rollback of a model, newest first')
        .argument('<model>', 'its name; see "assay list"')
        .action(act(list)),
      ['rollback list breast-cancer'],
    ),
  );

async function rollback(context: Context, text: string, options: Options): Promise<ExitCode> {
  const model = modelOf(text);
  const { to, wait } = options;
  const severity = needed('--severity', options.severity, SEVERITIES.join(', '));
  const reason = needed('--reason', options.reason, 'why');
  const client = await context.api();
  const asked = await client.rollback(model, { severity, reason, ...(to && { to }) });
  if (wait) {
    const settled = await followRollback(context, model, asked.id);
    context.out.result(settled, rollbackView(model));
    return rollbackStanding(settled).exit;
  }
  context.out.result(
    asked,
    ({ id, version }) =>
      `rollback ${id}: ${model}@${version} gives way to ${asked.to}; see "assay rollback list ${model}"`,
  );
  return EXIT.ok;
}

async function followRollback(context: Context, model: string, id: string): Promise<Rollback> {
  const client = await context.api();
  const startMs = context.io.now();
  const find = async () => (await client.rollbacks(model)).find((one) => one.id === id);
  const noted = async (): Promise<Rollback> => {
    for (;;) {
      const found = await find();
      if (found) return found;
      if (context.io.now() - startMs > NOTED_WITHIN_MS) {
        throw new Failure(
          `rollback ${id}: got no trace of it within ${NOTED_WITHIN_MS / 1000} s, expected a record; look at "assay rollback list ${model}" and at the alarms`,
          { exit: EXIT.undecided },
        );
      }
      await context.io.sleep(1000);
    }
  };
  return follow(context, {
    read: noted,
    view: rollbackView(model),
    changes: rollbackChanges,
    reached: (now) => rollbackStanding(now).final,
    deadlineMs: Number.POSITIVE_INFINITY,
  });
}

async function list({ api, out }: Context, text: string): Promise<ExitCode> {
  const rollbacks = await (await api()).rollbacks(modelOf(text));
  out.result({ rollbacks }, (value, style) => rollbacksView(value.rollbacks, style));
  return EXIT.ok;
}

function needed<T extends string>(option: string, given: T | undefined, expected: string): T {
  if (given) return given;
  throw failed({
    field: option,
    got: 'nothing',
    expected,
    remedy: 'name it: a rollback is kept with its reason',
  });
}
