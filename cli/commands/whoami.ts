import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { documented } from '../help.ts';

export const whoamiCommand = (act: Act): Command =>
  documented(
    new Command('whoami').description('show who is logged in, and where').action(act(whoami)),
    ['whoami', 'whoami --json'],
  );

async function whoami({ out, session, settings }: Context): Promise<ExitCode> {
  const identity = await (await session()).identity();
  const { api } = await settings();
  out.result({ ...identity, api }, ({ user, tenant, roles }) =>
    [
      `user    ${user}`,
      `tenant  ${tenant ?? 'none'}`,
      `roles   ${roles.join(', ') || 'none'}`,
      `api     ${api}`,
    ].join('\n'),
  );
  return EXIT.ok;
}
