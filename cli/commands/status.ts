import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { followVersion } from '../follow.ts';
import { documented } from '../help.ts';
import { type ModelRef, parseModelRef, type VersionRef } from '../model-ref.ts';
import { statusView } from '../render/status.ts';
import { standingOf } from '../standing.ts';

export const statusCommand = (act: Act): Command =>
  documented(
    new Command('status')
      .description('where a version stands: gates with their findings, approval, history')
      .argument('<model[@version]>', 'the latest version unless one is named')
      .option('--watch', 'follow it until it is approved, refused or otherwise final')
      .action(act(status)),
    ['status breast-cancer', 'status breast-cancer@1.1.0 --watch'],
  );

async function status(
  context: Context,
  text: string,
  { watch }: { readonly watch?: boolean },
): Promise<ExitCode> {
  const ref = await versionOf(context, parseModelRef(text));
  const version = watch
    ? await followVersion(
        context,
        ref,
        ({ phase }) => phase === 'final' || phase === 'rolling',
        Number.POSITIVE_INFINITY,
      )
    : await (await context.api()).version(ref);
  context.out.result(version, statusView);
  return standingOf(version).exit;
}

async function versionOf({ api }: Context, { model, version }: ModelRef): Promise<VersionRef> {
  if (version !== undefined) return { model, version };
  const versions = await (await api()).versions(model);
  const [latest] = versions.sort((a, b) => b.ordinal - a.ordinal);
  if (latest) return { model, version: latest.version };
  throw new Failure(`${model} has no version yet; register one with "assay register DIR"`, {
    exit: EXIT.error,
  });
}
