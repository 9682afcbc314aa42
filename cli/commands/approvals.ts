import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { documented } from '../help.ts';
import { approvalsView } from '../render/lists.ts';

export const approvalsCommand = (act: Act): Command =>
  documented(
    new Command('approvals').description('approvals that are open').action(act(approvals)),
    ['approvals'],
  );

async function approvals({ api, out }: Context): Promise<ExitCode> {
  const open = await (await api()).openApprovals();
  out.result({ approvals: open }, (value, style) => approvalsView(value.approvals, style));
  return EXIT.ok;
}
