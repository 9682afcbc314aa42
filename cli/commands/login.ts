import { Command } from 'commander';
import { replacePassword, signIn, type TokenSet } from '../cognito.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { failed } from '../failure.ts';
import { documented } from '../help.ts';
import type { Io } from '../io.ts';
import { Session } from '../session.ts';
import {
  mergeSettings,
  readSettings,
  type SettingFlags,
  type Settings,
  writeSettings,
} from '../settings.ts';

interface Options extends SettingFlags {
  readonly user: string;
  readonly passwordStdin?: boolean;
}

export const loginCommand = (act: Act): Command =>
  documented(
    new Command('login')
      .description('log in, and remember where Assay is')
      .requiredOption('--user <name>', 'user of the user pool')
      .option('--password-stdin', 'read the password from stdin (or set ASSAY_PASSWORD)')
      .option('--api <url>', 'base URL of the API')
      .option('--client-id <id>', 'app client of the user pool')
      .option('--cognito <url>', "endpoint of Cognito, instead of the region's own")
      .option('--s3 <url>', "endpoint of S3, instead of AWS's own")
      .option('--region <region>', 'AWS region of the user pool')
      .action(act(login)),
    [
      'login --user dora --api https://abc.execute-api.eu-west-1.amazonaws.com --client-id 4k… --region eu-west-1',
      'login --user dora --password-stdin < password.txt',
    ],
  );

async function login({ io, out }: Context, options: Options): Promise<ExitCode> {
  const settings = mergeSettings(options, await readSettings(io));
  const password = await passwordOf(io, options);
  const tokens = await tokensFor(io, settings, options.user, password);
  await writeSettings(io, settings);
  const session = new Session(io, settings);
  await session.store(tokens);
  const identity = await session.identity();
  out.result(
    { ...identity, api: settings.api },
    ({ user, tenant, api }) =>
      `logged in to ${api} as ${user}${tenant ? ` of tenant ${tenant}` : ''}`,
  );
  return EXIT.ok;
}

async function tokensFor(
  io: Io,
  settings: Settings,
  user: string,
  password: string,
): Promise<TokenSet> {
  const answer = await signIn(io, settings, user, password);
  if (answer.kind === 'tokens') return answer.tokens;
  const chosen = await ask(
    io,
    'New password (yours was temporary)',
    'a new password for a temporary one',
  );
  return replacePassword(io, settings, { user, password: chosen, session: answer.session });
}

async function passwordOf(io: Io, { passwordStdin, user }: Options): Promise<string> {
  if (passwordStdin) {
    const chunks: Buffer[] = [];
    for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  }
  return io.env.ASSAY_PASSWORD || ask(io, `Password of ${user}`, 'a password');
}

async function ask(io: Io, message: string, expected: string): Promise<string> {
  const answer = await io.askPassword?.(message);
  if (answer) return answer;
  throw failed({
    field: 'password',
    got: io.askPassword ? 'none' : 'no terminal to ask on',
    expected,
    remedy: 'run it on a terminal; for a known password use --password-stdin or ASSAY_PASSWORD',
  });
}
