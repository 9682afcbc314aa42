import { Command, Option } from 'commander';
import type { Act, Context } from '../context.ts';
import { type DraftOptions, draftOf, hoursOf, numberOf } from '../draft-experiment.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { experimentStanding } from '../experiment-standing.ts';
import { failed } from '../failure.ts';
import { documented } from '../help.ts';
import { experimentsView, experimentView } from '../render/experiment.ts';
import { modelOf } from './rollout.ts';

export const abCommand = (act: Act): Command =>
  new Command('ab')
    .description('compare versions on the people who use them')
    .addCommand(
      documented(creation().action(act(create)), [
        'ab create breast-cancer --treatment 1.1.0',
        'ab create breast-cancer --treatment 1.1.0 --treatment 1.2.0 --split 0.05 --hours 48:96',
        `ab create breast-cancer --treatment 1.1.0 --segment '{"op":"eq","attribute":"country","value":"DE"}'`,
        'ab create breast-cancer --treatment 1.1.0 --bandit thompson --metric score',
      ]),
    )
    .addCommand(
      documented(
        of('status', 'what each arm has shown by the last look, and what is lacking')
          .argument('[id]', 'without it: the latest one')
          .action(act(status)),
        ['ab status breast-cancer', 'ab status breast-cancer colour --json'],
      ),
    )
    .addCommand(
      documented(
        of('stop', 'end an experiment now; everybody is answered by the control again')
          .argument('<id>', 'see "assay ab list"')
          .option('--reason <text>', 'why; kept with the experiment')
          .action(act(stop)),
        ['ab stop breast-cancer colour --reason "month-end closing"'],
      ),
    )
    .addCommand(
      documented(of('list', 'every experiment of a model, newest first').action(act(list)), [
        'ab list breast-cancer',
      ]),
    );

const of = (name: string, description: string): Command =>
  new Command(name).description(description).argument('<model>', 'its name; see "assay list"');

/** What is left out is as strict as the policy asks. */
const creation = (): Command =>
  of('create', 'try versions on a part of the users, beside the version that serves')
    .addOption(
      new Option('--treatment <version>', 'a version to try; again for each further one')
        .argParser((version, before: readonly string[] = []) => [...before, version])
        .makeOptionMandatory(),
    )
    .option('--split <share>', 'share of the users for each treatment, 0 to 0.5', numberOf)
    .addOption(
      new Option('--metric <id>', 'what a winner is better in').choices(['score', 'failures']),
    )
    .addOption(new Option('--better <which>', 'of a score').choices(['higher', 'lower']))
    .option('--hours <min:max>', 'the least and the longest duration', hoursOf)
    .option('--min-units <count>', 'users that each arm must have', numberOf)
    .option('--effect <difference>', 'that a winner must be shown to exceed', numberOf)
    .option(
      '--guardrail <id...>',
      'in what no treatment may do harm: failures, latency, score (failures and latency)',
    )
    .option('--segment <json>', 'who takes part, as JSON or @FILE')
    .addOption(
      new Option('--bandit <kind>', 'shift users to what does better').choices([
        'thompson',
        'ucb1',
      ]),
    )
    .option(
      '--auto-promote',
      'start the rollout of a winner without asking; the policy must let it',
    )
    .option('--id <name>', 'how to call it; never used twice');

async function create(
  { api, out }: Context,
  text: string,
  options: DraftOptions,
): Promise<ExitCode> {
  const model = modelOf(text);
  const draft = await draftOf(options);
  const experiment = await (await api()).createExperiment(model, draft);
  out.result(
    experiment,
    ({ id, control, treatments }) =>
      `experiment ${id} begins: ${treatments.join(', ')} against ${control}; see "assay ab status ${model} ${id}"`,
  );
  return EXIT.ok;
}

async function status(
  { api, out }: Context,
  text: string,
  id: string | undefined,
): Promise<ExitCode> {
  const model = modelOf(text);
  const client = await api();
  const named = id ?? (await client.experiments(model))[0]?.id;
  if (named === undefined) {
    throw failed({
      field: 'model',
      got: `${model} without an experiment`,
      expected: 'one with an experiment',
      remedy: `begin one by "assay ab create ${model} --treatment VERSION"`,
    });
  }
  const experiment = await client.experiment(model, named);
  out.result(experiment, experimentView(model));
  return experimentStanding(experiment).exit;
}

async function stop(
  { api, out }: Context,
  text: string,
  id: string,
  { reason }: { readonly reason?: string },
): Promise<ExitCode> {
  const model = modelOf(text);
  const because = reason ? { reason } : {};
  const experiment = await (await api()).stopExperiment(model, id, because);
  out.result(experiment, experimentView(model));
  return EXIT.ok;
}

async function list({ api, out }: Context, text: string): Promise<ExitCode> {
  const experiments = await (await api()).experiments(modelOf(text));
  out.result({ experiments }, (value, style) => experimentsView(value.experiments, style));
  return EXIT.ok;
}
