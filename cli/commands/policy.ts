import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { problemsOf } from '#domain/registry/problem.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { documented } from '../help.ts';
import { policyView, proposedView } from '../render/policy.ts';

export const policyCommand = (act: Act): Command =>
  new Command('policy')
    .description('what judges a model, and how to tighten or loosen it')
    .addCommand(
      documented(
        new Command('show')
          .description('every setting that applies to a model now')
          .argument('<model>')
          .action(act(show)),
        ['policy show breast-cancer'],
      ),
    )
    .addCommand(
      documented(
        new Command('set')
          .description("replace a model's own settings; looser ones take two admins")
          .argument('<model>')
          .requiredOption('--file <json>', 'the settings that differ from the default policy')
          .action(act(set)),
        ['policy set breast-cancer --file stricter.json'],
      ),
    );

async function show({ api, out }: Context, model: string): Promise<ExitCode> {
  out.result(await (await api()).policy(model), policyView);
  return EXIT.ok;
}

/** Replaces the overlay of the revision that is in force now. */
async function set(
  { api, out }: Context,
  model: string,
  { file }: { readonly file: string },
): Promise<ExitCode> {
  const overlay = await readOverlay(file);
  const client = await api();
  const { revision } = await client.policy(model);
  const answer = await client.setPolicy(model, { revision, overlay });
  if (answer.looser) {
    out.result(answer, proposedView);
    return EXIT.undecided;
  }
  out.result(answer, policyView);
  return EXIT.ok;
}

async function readOverlay(file: string): Promise<PolicyOverlay> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(`${file}: got ${said}, expected a JSON document; correct it`, {
      exit: EXIT.error,
    });
  }
  const parsed = PolicyOverlay.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Failure(`${file} is no policy`, {
    exit: EXIT.refused,
    problems: problemsOf(parsed.error, json, `correct ${file} and set it again`),
  });
}
