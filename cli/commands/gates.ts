import { Command } from 'commander';
import { worst } from '#domain/gates/verdict.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode, VERDICT_EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { documented } from '../help.ts';
import { namedVersion } from '../named-version.ts';
import { gatesView } from '../render/gates.ts';

export const gatesCommand = (act: Act): Command =>
  documented(
    new Command('gates')
      .description('each check of a version: observed, threshold and reason')
      .argument('<model[@version]>', 'the latest version unless one is named')
      .option('--gate <name>', 'this gate alone')
      .action(act(gates)),
    ['gates breast-cancer@1.1.0', 'gates breast-cancer --gate performance --json'],
  );

async function gates(
  context: Context,
  text: string,
  { gate }: { readonly gate?: string },
): Promise<ExitCode> {
  const version = await (await context.api()).version(await namedVersion(context, text));
  const shown = version.gates.filter((each) => gate === undefined || each.gate === gate);
  if (gate !== undefined && shown.length === 0) {
    const known = version.gates.map((each) => each.gate).join(', ') || 'none yet';
    throw new Failure(`--gate: got "${gate}", expected one that has reported: ${known}`, {
      exit: EXIT.error,
    });
  }
  context.out.result({ gates: shown }, gatesView);
  return VERDICT_EXIT[worst(shown.map(({ verdict }) => verdict))];
}
