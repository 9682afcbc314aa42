import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { followVersion } from '../follow.ts';
import { documented } from '../help.ts';
import { namedVersion } from '../named-version.ts';
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
  const ref = await namedVersion(context, text);
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
