import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { failed } from '../failure.ts';
import { follow } from '../follow.ts';
import { documented } from '../help.ts';
import { parseModelRef, parseVersionRef } from '../model-ref.ts';
import { rolloutChanges, rolloutsView, rolloutView } from '../render/rollout.ts';
import type { Rollout } from '../rollout-schemas.ts';
import { rolloutStanding } from '../rollout-standing.ts';

interface Because {
  readonly reason?: string;
}

export const rolloutCommand = (act: Act): Command =>
  new Command('rollout')
    .description('how a version comes to traffic, step by step, and how to hold or end it')
    .addCommand(
      documented(
        of('status', 'how far the latest rollout is, and what it has shown')
          .option('--follow', 'until it ends: redrawn on a terminal, otherwise a line per change')
          .action(act(status)),
        ['rollout status breast-cancer --follow', 'rollout status breast-cancer --json'],
      ),
    )
    .addCommand(
      documented(of('list', 'every rollout of a model, newest first').action(act(list)), [
        'rollout list breast-cancer',
      ]),
    )
    .addCommand(
      documented(
        because(
          of('pause', 'begin no further step; looks go on, and harm still rolls back'),
        ).action(act(pause)),
        ['rollout pause breast-cancer --reason "month-end closing"'],
      ),
    )
    .addCommand(
      documented(
        because(of('resume', 'go on where it was paused, or where it asks for a decision'))
          .option(
            '--allow-step',
            'begin the next step without the evidence for it, or although the model is blocked',
          )
          .option('--despite <since>', 'only if the block that it asks about is the one since then')
          .action(act(resume)),
        ['rollout resume breast-cancer', 'rollout resume breast-cancer --allow-step'],
      ),
    )
    .addCommand(
      documented(
        because(of('abort', 'take the version off trial; its approval stays')).action(act(abort)),
        ['rollout abort breast-cancer --reason "wrong data set"'],
      ),
    )
    .addCommand(
      documented(
        new Command('start')
          .description('try an approved version anew, after its rollout was aborted or broke off')
          .argument('<model@version>', 'a version in STAGING with an approval')
          .action(act(start)),
        ['rollout start breast-cancer@1.1.0'],
      ),
    );

const of = (name: string, description: string): Command =>
  new Command(name).description(description).argument('<model>', 'its name; see "assay list"');

const because = (command: Command): Command =>
  command.option('--reason <text>', 'why; kept with the rollout');

async function status(
  context: Context,
  text: string,
  { follow: follows }: { readonly follow?: boolean },
): Promise<ExitCode> {
  const model = modelOf(text);
  const client = await context.api();
  const rollout = follows
    ? await follow(context, {
        read: () => client.rollout(model),
        view: rolloutView(model),
        changes: rolloutChanges(model),
        reached: (now) => now.status !== 'RUNNING',
        deadlineMs: Number.POSITIVE_INFINITY,
      })
    : await client.rollout(model);
  context.out.result(rollout, rolloutView(model));
  return rolloutStanding(rollout).exit;
}

async function list({ api, out }: Context, text: string): Promise<ExitCode> {
  const rollouts = await (await api()).rollouts(modelOf(text));
  out.result({ rollouts }, (value, style) => rolloutsView(value.rollouts, style));
  return EXIT.ok;
}

async function pause({ api, out }: Context, text: string, options: Because): Promise<ExitCode> {
  const model = modelOf(text);
  return tell(out, model, await (await api()).pauseRollout(model, reasonOf(options)));
}

async function resume(
  { api, out }: Context,
  text: string,
  {
    allowStep,
    despite,
    ...options
  }: Because & { readonly allowStep?: boolean; readonly despite?: string },
): Promise<ExitCode> {
  const model = modelOf(text);
  const how = {
    ...reasonOf(options),
    ...(allowStep && { allowStep: true as const }),
    ...(despite && { despite }),
  };
  return tell(out, model, await (await api()).resumeRollout(model, how));
}

async function abort({ api, out }: Context, text: string, options: Because): Promise<ExitCode> {
  const model = modelOf(text);
  const asked = await (await api()).abortRollout(model, reasonOf(options));
  out.result(
    asked,
    ({ version, to }) =>
      `aborting: ${model}@${version} gives way to ${to}; see "assay rollout status ${model}"`,
  );
  return EXIT.ok;
}

async function start({ api, out }: Context, text: string): Promise<ExitCode> {
  const ref = parseVersionRef(text);
  const started = await (await api()).startRollout(ref);
  out.result(
    started,
    ({ id, version }) =>
      `rollout ${id} of ${ref.model}@${version} begins; follow it by "assay rollout status ${ref.model} --follow"`,
  );
  return EXIT.ok;
}

function tell(out: Context['out'], model: string, rollout: Rollout): ExitCode {
  out.result(rollout, rolloutView(model));
  return EXIT.ok;
}

const reasonOf = ({ reason }: Because): Because => (reason ? { reason } : {});

/** Rollouts and rollbacks are of models: which version runs is the model's own business. */
export function modelOf(text: string): string {
  const { model, version } = parseModelRef(text);
  if (version === undefined) return model;
  throw failed({
    field: 'model',
    got: JSON.stringify(text),
    expected: 'a model without a version: one of its versions is on trial at a time',
    remedy: `write "${model}"`,
  });
}
