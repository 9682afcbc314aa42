import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { unknownSettings } from '#domain/gates/tighten-policy.ts';
import { problemsOf } from '#domain/registry/problem.ts';
import type { Api } from '../api.ts';
import { ApiFailure } from '../api-answer.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { documented } from '../help.ts';
import { policyView, proposedView } from '../render/policy.ts';

export const policyCommand = (act: Act): Command =>
  new Command('policy')
    .description('what judges models, and how to tighten or loosen it')
    .addCommand(
      documented(
        new Command('show')
          .description('every setting that applies to a model, or to the tenant, now')
          .argument('[model]', 'without it: the policy of the whole tenant')
          .action(act(show)),
        ['policy show breast-cancer', 'policy show'],
      ),
    )
    .addCommand(
      documented(
        new Command('set')
          .description(
            'replace the settings of a model or of the tenant; looser ones take two admins',
          )
          .argument('[model]', 'without it: for all models of the tenant')
          .requiredOption('--file <json>', 'the settings that differ from the policy above')
          .action(act(set)),
        ['policy set breast-cancer --file stricter.json', 'policy set --file house-rules.json'],
      ),
    );

async function show({ api, out }: Context, model: string | undefined): Promise<ExitCode> {
  out.result(await (await api()).policy(model), policyView);
  return EXIT.ok;
}

/** Replaces the overlay of the revision that is in force now. */
async function set(
  { api, out }: Context,
  model: string | undefined,
  { file }: { readonly file: string },
): Promise<ExitCode> {
  const overlay = await readOverlay(file);
  const client = await api();
  const revision = await revisionOf(client, model);
  const answer = await client.setPolicy(model, { revision, overlay });
  if (answer.looser) {
    out.result(answer, proposedView);
    return EXIT.undecided;
  }
  out.result(answer, policyView);
  return EXIT.ok;
}

/** A policy may come before the first version of its model. */
async function revisionOf(client: Api, model: string | undefined): Promise<number> {
  try {
    return (await client.policy(model)).revision;
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return 0;
    throw error;
  }
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
  const problems = parsed.success
    ? unknownSettings(parsed.data)
    : problemsOf(parsed.error, json, `correct ${file} and set it again`);
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new Failure(`${file} is no policy`, { exit: EXIT.refused, problems });
}
