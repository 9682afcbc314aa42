import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { documented } from '../help.ts';
import { forgetTokens } from '../session.ts';
import { forgetUploads } from '../upload/upload-journal.ts';

export const logoutCommand = (act: Act): Command =>
  documented(
    new Command('logout')
      .description('forget the tokens and begun uploads; where Assay is stays known')
      .action(act(logout)),
    ['logout'],
  );

async function logout({ io, out }: Context): Promise<ExitCode> {
  await forgetTokens(io);
  await forgetUploads(io);
  out.result({ loggedIn: false }, () => 'logged out');
  return EXIT.ok;
}
